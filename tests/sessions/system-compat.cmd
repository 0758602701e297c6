* image: compat-syscall.elf
* cpu: amd-zen4
* SYSCALL from compatibility mode goes to CSTAR; SYSRET leaves RPL and cache of SS as they fall.
sx insn syscall
g
!syscallcfg
r cstar=0
r star=0020001000000000
!syscallcfg
