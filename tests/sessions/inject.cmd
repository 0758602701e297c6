* image: window-nmi.elf
* cpu: intel-skylake
* exit: 108
* typed
.inject
.inject foo
.inject irq
.inject irq 100
.inject nmi 3
help .inject
bp syscall_entry
g
.inject nmi
t
!why
t- 3
* It is part of history from now on:
t 2
t
g-
!tt
bc *
g
