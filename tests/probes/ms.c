/* ms.c - RDMSR, WRMSR and the MSRs: the rules MS-01 to MS-39. */
#include "lab.h"

#define MSR_CSTAR 0xc0000083
#define MSR_TSC_AUX 0xc0000103
#define MSR_APIC_BASE 0x1b
#define MSR_MISC_ENABLE 0x1a0
#define MSR_PAT 0x277
#define MSR_MCG_CAP 0x179
#define MSR_MC0_STATUS 0x401
#define MSR_HWCR 0xc0010015
#define NOWHERE 0x12345678
#define BAD 0x0000800000000000

CODE64(rdmsr_here, AT "rdmsr\n" NEXT DONE);
CODE64(wrmsr_here, AT "wrmsr\n" NEXT DONE);
CODE32(rdmsr_compat, AT "rdmsr\n" NEXT DONE);
CODE32(wrmsr_compat, AT "wrmsr\n" NEXT DONE);

static void read_msr(u32 msr, int cpl)
{
	in.rcx = msr;
	run(&rdmsr_here, cpl);
}

static u64 value(void)
{
	return seen->rdx << 32 | (u32)seen->rax;
}

static void write_msr(u32 msr, u64 v)
{
	in.rcx = msr, in.rax = (u32)v, in.rdx = v >> 32;
	run(&wrmsr_here, 0);
}

/* Writes, then reads what is there now. */
static void tell_write(u32 msr, u64 v)
{
	write_msr(msr, v);
	tell("%e", seen);
	read_msr(msr, 0);
	tell("value=%x", value());
}

PROBE(privilege)
{
	in.rcx = MSR_LSTAR;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(privilege_no_msr)
{
	in.rcx = NOWHERE;
	run(&rdmsr_here, arg);
	tell("%e", seen);
}

PROBE(upper_rcx)
{
	in.rcx = 0xdeadbeef00000174;
	run(&rdmsr_here, 0);
	tell("%e value=%x rcx=%x", seen, value(), seen->rcx);
}

PROBE(upper_results)
{
	in.rax = in.rdx = -1;
	read_msr(0x174, 0);
	tell("%e rax=%x rdx=%x", seen, seen->rax, seen->rdx);
}

PROBE(upper_operands)
{
	in.rcx = MSR_KERNEL_GS_BASE, in.rax = 0xdeadbeef12345678, in.rdx = 0xdeadbeef00007654;
	run(&wrmsr_here, 0);
	tell("%e", seen);
	read_msr(MSR_KERNEL_GS_BASE, 0);
	tell("value=%x", value());
}

PROBE(no_msr_read)
{
	read_msr(arg, 0);
	tell("%e", seen);
}

PROBE(no_msr_write)
{
	write_msr(arg, 0);
	tell("%e", seen);
}

PROBE(efer_bit)
{
	write_msr(MSR_EFER, EFER_LAB | (u64)1 << arg);
	tell("%e", seen);
	read_msr(MSR_EFER, 0);
	tell("value=%x", value());
}

PROBE(efer)
{
	tell_write(MSR_EFER, arg);
}

PROBE(star)
{
	tell_write(MSR_STAR, arg);
}

static void tell_bad(u32 msr, u64 before, u64 v)
{
	wrmsr(msr, before);
	tell_write(msr, v);
}

PROBE(lstar)
{
	tell_bad(MSR_LSTAR, 0x1000, arg);
}

PROBE(cstar)
{
	tell_bad(MSR_CSTAR, 0x1000, arg);
}

PROBE(fs_base)
{
	tell_bad(MSR_FS_BASE, 0x1000, arg);
}

PROBE(gs_base)
{
	tell_bad(MSR_GS_BASE, 0x1000, arg);
}

PROBE(kernel_gs_base)
{
	tell_bad(MSR_KERNEL_GS_BASE, 0x1000, arg);
}

CODE64(load_fs, "wrmsr\nmov rax, fs:[8]" DONE);
CODE64(load_gs, "wrmsr\nmov rax, gs:[8]" DONE);

PROBE(base_at_once)
{
	*mem64(USER_DATA + 8) = 0x1122334455667788;
	in.rcx = arg, in.rax = USER_DATA, in.rdx = 0;
	run(arg == MSR_FS_BASE ? &load_fs : &load_gs, 0);
	tell("%e rax=%x fs=%x gs=%x", seen, seen->rax, seen->fs, seen->gs);
}

PROBE(kernel_gs_not_active)
{
	wrmsr(MSR_GS_BASE, 0x1000);
	write_msr(MSR_KERNEL_GS_BASE, 0x5000);
	tell("%e gsb=%x", seen, seen->gs_base);
}

PROBE(sysenter_cs)
{
	tell_write(0x174, arg);
}

PROBE(sysenter_esp)
{
	tell_bad(0x175, 0x1000, arg);
}

PROBE(sysenter_eip)
{
	tell_bad(0x176, 0x1000, arg);
}

CODE64(wrmsr_rdtsc, "wrmsr\nrdtsc" DONE);
CODE64(rdtsc_here, AT "rdtsc\n" NEXT DONE);
CODE64(rdtscp_here, AT "rdtscp\n" NEXT DONE);

PROBE(tsc)
{
	in.rcx = 0x10, in.rax = 0, in.rdx = 0x12345678;
	run(&wrmsr_rdtsc, 0);
	tell("%e rdx=%x", seen, seen->rdx);
}

PROBE(tsd)
{
	write_cr4(CR4_LAB | 4);
	run(&rdtsc_here, arg);
	tell("%e", seen);
}

PROBE(tsd_rdtscp)
{
	if (not_here(HAS_RDTSCP, "rdtscp"))
		return;
	write_cr4(CR4_LAB | 4);
	run(&rdtscp_here, arg);
	tell("%e", seen);
}

PROBE(tsc_aux)
{
	if (not_here(HAS_RDTSCP, "rdtscp"))
		return;
	wrmsr(MSR_TSC_AUX, 0x1111);
	tell_write(MSR_TSC_AUX, arg);
}

/* arg: a bit that is reserved */
PROBE(apic_base)
{
	const u64 now = rdmsr(MSR_APIC_BASE);

	write_msr(MSR_APIC_BASE, now | (u64)1 << arg);
	tell("%e", seen);
	read_msr(MSR_APIC_BASE, 0);
	tell("same=%x", (u64)(value() == now));
}

PROBE(apic_base_mode)
{
	const u64 now = rdmsr(MSR_APIC_BASE);

	write_msr(MSR_APIC_BASE, (now & ~(u64)0x800) | 0x400); /* EXTD without EN */
	tell("%e", seen);
	read_msr(MSR_APIC_BASE, 0);
	tell("same=%x", (u64)(value() == now));
	wrmsr(MSR_APIC_BASE, now);
}

PROBE(pat)
{
	const u64 now = rdmsr(MSR_PAT);

	tell_write(MSR_PAT, arg);
	wrmsr(MSR_PAT, now);
}

PROBE(pat_reset)
{
	read_msr(MSR_PAT, 0);
	tell("%e value=%x", seen, value());
}

PROBE(misc_enable)
{
	read_msr(MSR_MISC_ENABLE, 0);
	tell("%e", seen);
}

PROBE(xd_disable)
{
	const u64 now = rdmsr(MSR_MISC_ENABLE);

	wrmsr(MSR_EFER, EFER_LAB & ~(u64)EFER_NXE);
	write_msr(MSR_MISC_ENABLE, now | (u64)1 << 34);
	tell("%e nx=%x", seen, (u64)has_feature(0x80000001, 3, 20));
	write_msr(MSR_EFER, EFER_LAB);
	tell("then %e", seen);
	wrmsr(MSR_MISC_ENABLE, now);
}

PROBE(mc_status)
{
	write_msr(MSR_MC0_STATUS, arg);
	tell("%e", seen);
}

PROBE(mc_beyond)
{
	read_msr(0x400 + 4 * (rdmsr(MSR_MCG_CAP) & 0xff), 0);
	tell("%e", seen);
}

PROBE(branch_record)
{
	read_msr(arg, 0);
	tell("%e value=%x", seen, seen->vector == VEC_DONE ? value() : 0);
}

CODE64(load_here, AT "mov eax, [rbx]\n" NEXT DONE);

PROBE(nxe_off)
{
	map_page(0x700000000000, SPARE, PTE_W | PTE_NX);
	wrmsr(MSR_EFER, EFER_LAB & ~(u64)EFER_NXE);
	flush();
	in.rbx = 0x700000000000;
	run(&load_here, 0);
	tell("%e", seen);
}

PROBE(hwcr)
{
	write_msr(MSR_HWCR, rdmsr(MSR_HWCR) | 1 << 18);
	tell("%e", seen);
	write_msr(MSR_MC0_STATUS, 0x1234);
	tell("%e", seen);
	wrmsr(MSR_MC0_STATUS, 0);
	wrmsr(MSR_HWCR, rdmsr(MSR_HWCR) & ~(u64)(1 << 18));
}

PROBES{
	{ "MS-01.rdmsr", privilege, (u64)&rdmsr_here },
	{ "MS-01.wrmsr", privilege, (u64)&wrmsr_here },
	{ "MS-01.rdmsr-compat", privilege, (u64)&rdmsr_compat },
	{ "MS-01.wrmsr-compat", privilege, (u64)&wrmsr_compat },
	{ "MS-01.none", privilege_no_msr, 3 },
	{ "MS-01.ring1", privilege_no_msr, 1 },
	{ "MS-02", upper_rcx, 0 },
	{ "MS-03", upper_results, 0 },
	{ "MS-04", upper_operands, 0 },
	{ "MS-05.read", no_msr_read, NOWHERE },
	{ "MS-05.write", no_msr_write, NOWHERE },
	{ "MS-05.read-c0", no_msr_read, 0xc00000ff },
	{ "MS-05.write-c0", no_msr_write, 0xc00000ff },
	{ "MS-06", efer_bit, 9 },
	{ "MS-08.63", efer_bit, 63 },
	{ "MS-08.1", efer_bit, 1 },
	{ "MS-08.12", efer_bit, 12, INTEL },
	{ "MS-08.14", efer_bit, 14, INTEL },
	{ "MS-09", efer, EFER_LAB & ~EFER_LMA },
	{ "MS-10.off", efer, EFER_LAB & ~EFER_LME },
	{ "MS-10.same", efer, EFER_LAB & ~EFER_SCE },
	{ "MS-11", star, 0xfffbfffddeadbeef },
	{ "MS-12.low", lstar, BAD },
	{ "MS-12.high", lstar, 0xffff7fffffffffff },
	{ "MS-12.edge-low", lstar, 0x00007fffffffffff },
	{ "MS-12.edge-high", lstar, 0xffff800000000000 },
	{ "MS-13.low", cstar, BAD },
	{ "MS-13.edge", cstar, 0xffff800000000000 },
	{ "MS-16.fs", fs_base, BAD },
	{ "MS-16.gs", gs_base, BAD },
	{ "MS-16.fs-edge", fs_base, 0xffff800000000000 },
	{ "MS-16.fs-used", base_at_once, MSR_FS_BASE },
	{ "MS-16.gs-used", base_at_once, MSR_GS_BASE },
	{ "MS-17.low", kernel_gs_base, BAD },
	{ "MS-17.edge", kernel_gs_base, 0xffff800000000000 },
	{ "MS-17.active", kernel_gs_not_active, 0 },
	{ "MS-18.odd", sysenter_cs, 0x1237 },
	{ "MS-18.null", sysenter_cs, 0 },
	{ "MS-19.esp", sysenter_esp, BAD, INTEL },
	{ "MS-19.eip", sysenter_eip, BAD, INTEL },
	{ "MS-19.edge", sysenter_eip, 0xffff800000000000, INTEL },
	{ "MS-20.esp", sysenter_esp, 0x123456789, AMD },
	{ "MS-20.eip", sysenter_eip, BAD | 0x1234, AMD },
	{ "MS-21.write", tsc, 0 },
	{ "MS-21.tsd-3", tsd, 3 },
	{ "MS-21.tsd-0", tsd, 0 },
	{ "MS-21.rdtscp-3", tsd_rdtscp, 3 },
	{ "MS-22", tsc_aux, 0x12345678 },
	{ "MS-23", tsc_aux, 0x100002222 },
	{ "MS-24.0", apic_base, 0 },
	{ "MS-24.9", apic_base, 9 },
	{ "MS-24.63", apic_base, 63 },
	{ "MS-25", apic_base_mode, 0 },
	{ "MS-26.good", pat, 0x0706050401000706 },
	{ "MS-26.2", pat, 0x0007040600070402 },
	{ "MS-26.3", pat, 0x0307040600070406 },
	{ "MS-26.8", pat, 0x0007040800070406 },
	{ "MS-26.reset", pat_reset, 0 },
	{ "MS-27.intel", misc_enable, 0, INTEL },
	{ "MS-27.amd", misc_enable, 0, AMD },
	{ "MS-28", xd_disable, 0, INTEL },
	{ "MS-31.0", mc_status, 0 },
	{ "MS-31.1", mc_status, 1 },
	{ "MS-32", mc_beyond, 0 },
	{ "MS-34.branch", branch_record, 0x1db, AMD },
	{ "MS-34.exception", branch_record, 0x1dd, AMD },
	{ "MS-34.no-branch", branch_record, 0x1db, INTEL },
	{ "MS-37.read", no_msr_read, 0x802 },
	{ "MS-37.write", no_msr_write, 0x80b },
	{ "MS-38", nxe_off, 0 },
	{ "MS-39", hwcr, 0, AMD },
};
