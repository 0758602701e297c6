* image: interrupts.elf
* image: interrupts.elf
* devices go back too: time, the interrupt controllers and the console are as they were
sx vec irq
g
g
!why
r rip
t-
r rip
t
g-
g-
bc *
g
g-
t 3
!tt 50%
t- 1000
t 5
