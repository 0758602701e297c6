* image: syscall64.elf
* Page tables of every format, made by hand, and what can be wrong in them: first a root of five levels that leads to
* the four that are there, then a root of four.
!pte 300000
eq 300000 @cr3+3
eq 308000 301003
eq 308008 f00000000003
eq 308010 83
eq 301000 1e7
eq 301008 302003
eq 302000 800000000000019b
eq 302008 2083
eq 302010 303003
eq 303000 8000000000000105
eq 302ff8 302003
ed 309000 83
ed 309004 2087
ed 309008 302003
ed 302014 67
r cr3=300000
r cr4=@cr4|1000
!pte 300000
!pte ff00000000000000
!pte fe00000000000000
* Pages of 1 GiB and of 2 MiB, one with a bit inside that must be 0, an entry that leads out of memory, PS in the root.
r cr4=@cr4&~1000
r cr3=308000
!pte 12345
!pte 40012345
!pte 40200000
!pte 8000000000
!pte 10000000000
!vtop 40012345
* Without EFER.NXE bit 63 is reserved.
r efer=@efer&~800
!pte 40012345
* PAE paging: four pointers in registers, without rights.
r efer=500
r efer=0
r cr4=20
r pdpte0=302001
r pdpte1=0
!pte 12345
!pte 200000
!pte 40000000
* 32-bit paging: 4 MiB with PSE, and the bits 39:32 of its address.
r cr4=10
r cr3=309000
!pte 12345
!pte 412345
!pte 805234
!pte c00000
r cr4=0
!pte 12345
* No paging.
r cr0=11
!pte 12345
!pte 100012345
