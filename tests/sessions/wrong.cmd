* image: syscall64.elf --user syscall64-user.elf
* typed
.echo each line is wrong, and costs itself only
nonsense
bpp start64
tri x
e
? 1/0
? (1
? poi(0)
? 1 +
? @nothing
? nothing_here
? 11112222333344445
? ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1
? ------------------------------------------------------------------1
db 123456789
u 0n1234567890123
dg 12345
bp
bp 0 0
bp start64 "r
bp /x start64
bp /w start64
ba
ba q 8 0
ba w 0 0
ba w 8
ba w 10000 0
bc
bc 7
be x
condition
condition 5 1
ignore 0 1
sx nothing
sx msr:nothing
sx msr:123456789 w
sx cpl 4->0
sx cpl 3->3
sx cpl 3-0
sx vec
sx vec 100
sx seg xs
sx insn swapg
sx port
sx port 12345
sxd cpl
sxn
catch
watch
watch 0 0
bm
bm nothing*
pa
.if
.if (1
.if (1) { r
.if (1) r
.if (1/0) { r }
.if (1) { .echo a } b
j
j 1 ".echo a
s
s -x 0 L1 1
s start64
s start64 L10
s -b start64 L10 100
s start64 L20000000 1
r al=100
rdmsr nosuch
rdmsr 1
.dialect pascal
.logclose
.logopen
.logopen no/such/folder/log
.logopen log; .logopen log2
.logclose
$$>< nowhere.cmd
$$>< recursive.cmd
help nothing
info x
q now
!tt x
!tt 101%
!tt 5:x
!tt 99999
t-
g-
gu-
p-
.if (1) { .if (1) { .if (1) { .echo deep } } }
.echo the end
