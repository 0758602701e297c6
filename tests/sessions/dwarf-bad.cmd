* image: elf64user-hello.elf --symbols none.syms --symbols spin.bin --symbols good.syms@1000
* typed
* Files that have no symbols cost nothing but their own; the next line is executed.
lm
x good!*
? good!here+2
.reload none.elf
.reload .
.reload good.syms@2000
x good!*
dt nothing
dt rs_boot
lsa 0
uf 0
dv 99
k 0
k 99999
lmvm nothing
? nofile.c:3
.reload
