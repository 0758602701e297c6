* image: int80.elf
* 32-bit frames, the arguments on the stack, and INT.
bp exception
g
g
kb
kp
k
