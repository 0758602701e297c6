* image: syscall64.elf --user syscall64-user.elf
.dialect
.dialect gdb
b user_main
r
p 10+0x10
p $rip
s
n 2
x/2i $rip
x /4gx $rsp
x $rsp
i r
i b
d 0
watch 0x5ff000 8
rwatch 0x5ff008
catch syscall
c
finish
u syscall_exit
.dialect windbg
? 10
