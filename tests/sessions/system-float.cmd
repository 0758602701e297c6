* image: syscall64.elf
* cpu: intel-skylake amd-zen4
* Registers of x87 and vectors by name, with values in decimal. First the state of the start, then FNINIT FLDPI FLD1
* FCHS FLDZ FDIV(-1 / 0), MOVUPS XMM1, [RIP].
rF
r st0
r mm7
eb @rip db e3 d9 eb d9 e8 d9 e0 d9 ee de f9
t 6
rF
r st0
r st1
r st2
r mm6
r fsw
eb @rip 0f 10 0d 04 00 00 00 90 90 90 90
eq @rip+b 3fc000003f800000 c0490fdb00000001
r cr4=@cr4|200
t
r xmm1
r ymm1
rX
rY
r mxcsr
rM 4
rM 40
info float
info vector
info threads
