* image: callgate64.elf
* cpu: intel-skylake amd-zen4
* Call gates are descriptors of 16 bytes; where they lead stands in place of base and limit.
g enter_user
!gdt
!tss
sx cpl 3->0
g
k 2
* A gate to the null selector, one to an address that is not canonical, one whose upper type is not 0, one of 32 bits.
ew @gdtr+52 0
!gdt 50
ew @gdtr+52 10
ed @gdtr+58 8000
!gdt 50
ed @gdtr+58 ffffffff
ed @gdtr+5c 100
!gdt 50
ed @gdtr+5c 0
eb @gdtr+55 6c
!gdt 50
eb @gdtr+55 e5
dg 50 58
