/* op_common.h - the handlers that serve any row, and the declarations of all pickers. */
#ifndef RS_CPU_ISA_OP_COMMON_H
#define RS_CPU_ISA_OP_COMMON_H

#include "cpu/isa/insn.h"

OP(unimplemented); /* stops the run: exit code 122 */
OP(undefined);     /* #UD */
OP(no_unit);       /* #NM or #UD: the unit in its immediate is switched off */
OP(not_protected); /* #UD: real or virtual-8086 mode (SL-30) */
OP(privileged);    /* #GP(0): the CPL is not 0; the rule is the row's */
OP(no_instruction); /* #UD by the rule in its immediate */
OP(too_long);      /* #GP(0): more than 15 bytes */
OP(nothing);

#define PICK(name) op_fn *pick_##name(struct shape *s, unsigned arg, struct uop *u)
/* A family with one handler for all shapes. */
#define PICK_ONE(name) \
	PICK(name) \
	{ \
		(void)s; \
		(void)arg; \
		(void)u; \
		return op_##name; \
	}

/* A handler whose body is an expression that is false when it has faulted. (What has its address taken lives in there,
 * or NEXT could not be a sibling call.) Needs cpu/operand.h. */
#define HANDLER(name, body) \
	static OP(name) \
	{ \
		if (unlikely(!(body))) \
			FAULTED(); \
		NEXT(); \
	}

/* Handlers of a memory operand: `body` is false when it has faulted, or has given up at `reach` with nothing changed.
 * name_base is for EA_BASE. */
#define MEMORY_HANDLER(name, ...) \
	static __attribute__((noinline)) OP(name##_all) \
	{ \
		const enum reach reach = REACH_ALL; \
		if (unlikely(!(__VA_ARGS__))) \
			FAULTED(); \
		NEXT(); \
	} \
	static OP(name) \
	{ \
		const enum reach reach = REACH_HIT; \
		if (likely(__VA_ARGS__)) \
			NEXT(); \
		RS_TAIL return op_##name##_all(HOT_ARGS); \
	} \
	static OP(name##_base) \
	{ \
		const enum reach reach = REACH_BASE; \
		if (likely(__VA_ARGS__)) \
			NEXT(); \
		RS_TAIL return op_##name##_all(HOT_ARGS); \
	}

/* Rows of handler tables by size_index(): of all sizes, and of those that exist without a byte form. */
#define SIZES_1248(prefix) { prefix##1, prefix##2, prefix##4, prefix##8 }
#define SIZES_1248_BASE(prefix) { prefix##1_base, prefix##2_base, prefix##4_base, prefix##8_base }
#define SIZES_248(prefix) { NULL, prefix##2, prefix##4, prefix##8 }

/* X(condition) for each of the sixteen, by the low four opcode bits. */
#define CONDITIONS(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

PICK(alu);
PICK(unary);
PICK(mul);
PICK(imul);
PICK(div);
PICK(shift);
PICK(double_shift);
PICK(bit);
PICK(scan);
PICK(bswap);
PICK(vector_move);
PICK(scalar_move);
PICK(low_move);
PICK(half_move);
PICK(element_insert);
PICK(element_extract);
PICK(sign_mask);
PICK(lanes);
PICK(lanes_shift);
PICK(lanes_select);
PICK(insert_ps);
PICK(emms);
PICK(kernel);
PICK(permil);
PICK(broadcast_float);
PICK(sha256rnds2);
PICK(extract_half);
PICK(vector_test);
PICK(strings);
PICK(bit_field);
PICK(vector_zero);
PICK(masked_move);
PICK(masked_bytes);
PICK(stream_mmx);
PICK(gather);
PICK(crc32);
PICK(fp_binary);
PICK(fp_horizontal);
PICK(fp_sqrt);
PICK(fp_round);
PICK(fp_dot);
PICK(fp_estimate);
PICK(fp_compare);
PICK(fp_relate);
PICK(fp_convert);
PICK(fp_to_gpr);
PICK(fp_from_gpr);
PICK(fp_from_mmx);
PICK(fp_to_mmx);
PICK(fp_halve);
PICK(fp_fused);
PICK(mxcsr);
PICK(fxsave);
PICK(fxrstor);
PICK(xsave);
PICK(xrstor);
PICK(xgetbv);
PICK(xsetbv);
PICK(count);
PICK(bmi);
PICK(bit_gather);
PICK(mulx);
PICK(adx);
PICK(movbe);
PICK(random);
PICK(mov);
PICK(movx);
PICK(lea);
PICK(xchg);
PICK(xadd);
PICK(cmpxchg);
PICK(cmpxchg_pair);
PICK(convert);
PICK(xlat);
PICK(salc);
PICK(jcc);
PICK(setcc);
PICK(cmov);
PICK(jmp);
PICK(call);
PICK(ret);
PICK(jrcxz);
PICK(loop);
PICK(push);
PICK(pop);
PICK(pushf);
PICK(popf);
PICK(pusha);
PICK(popa);
PICK(enter);
PICK(leave);
PICK(flag);
PICK(bcd);
PICK(string);
PICK(nothing);
PICK(clflush);
PICK(bound);
PICK(ud);
PICK(int);
PICK(int3);
PICK(int1);
PICK(into);
PICK(iret);
PICK(syscall);
PICK(sysret);
PICK(sysenter);
PICK(sysexit);
PICK(swapgs);
PICK(load_far_pointer);
PICK(lar);
PICK(lsl);
PICK(verify);
PICK(arpl);
PICK(segment_base);
PICK(load_table);
PICK(store_table);
PICK(lldt);
PICK(ltr);
PICK(store_selector);
PICK(smsw);
PICK(lmsw);
PICK(clts);
PICK(rdmsr);
PICK(wrmsr);
PICK(rdtsc);
PICK(rdpid);
PICK(cpuid);
PICK(invlpg);
PICK(invpcid);
PICK(pkru);
PICK(hlt);
PICK(monitor);
PICK(mwait);
PICK(clzero);
PICK(rdpmc);
PICK(cli);
PICK(sti);
PICK(ac);
PICK(in);
PICK(out);
PICK(x87_load);
PICK(x87_constant);
PICK(x87_store);
PICK(x87_store_unchecked);
PICK(x87_exchange);
PICK(x87_cmov);
PICK(x87_arithmetic);
PICK(x87_divide);
PICK(x87_unary);
PICK(x87_function);
PICK(x87_binary);
PICK(x87_pair);
PICK(x87_remainder);
PICK(x87_angle);
PICK(x87_compare);
PICK(x87_compare_flags);
PICK(x87_examine);
PICK(x87_stack);
PICK(x87_reset);
PICK(x87_clear);
PICK(x87_load_control);
PICK(x87_store_control);
PICK(x87_store_status);
PICK(x87_load_environment);
PICK(x87_store_environment);
PICK(x87_restore);
PICK(x87_save);
PICK(x87_wait);

/* What `arg` of a row means to its family. */
enum { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP, ALU_TEST, ALU_OPS };
enum { UNARY_INC, UNARY_DEC, UNARY_NEG, UNARY_NOT };
enum { SHIFT_ROL, SHIFT_ROR, SHIFT_RCL, SHIFT_RCR, SHIFT_SHL, SHIFT_SHR, SHIFT_SAR, SHIFT_OPS };
enum { COUNT_POPCNT, COUNT_LZCNT, COUNT_TZCNT };
enum {
	BMI_ANDN, BMI_BEXTR, BMI_BLSI, BMI_BLSMSK, BMI_BLSR, BMI_BZHI, BMI_SARX, BMI_SHLX, BMI_SHRX, BMI_PDEP, BMI_PEXT,
	BMI_RORX,
};
enum { ADX_ADCX, ADX_ADOX };
enum { MOVE_ALIGNED, MOVE_UNALIGNED };
enum {
#define KERNEL(name, bytes) KERNEL_##name,
#include "cpu/isa/kernel.def"
#undef KERNEL
};
enum { VECTOR_TEST_ALL, VECTOR_TEST_PS, VECTOR_TEST_PD };
enum { STRINGS_EXPLICIT = 1, STRINGS_TO_MASK = 2 };
enum { BIT_FIELD_EXTRACT, BIT_FIELD_INSERT };
enum { GATHER_INDEX_32 = 0x100 };
/* The elements of floating-point rows; above them what the family needs: an operation, FP_CONVERT(), or how FMA3 sorts
 * its operands (neither of two: the form 231) and in which elements it subtracts. */
enum {
	FP_PS = 0, FP_PD = 1, FP_SS = 2, FP_SD = 3, FP_ARG_SHIFT = 4,
	FP_TRUNCATES = 4, FP_TO_SHIFT = 4, FP_FROM_SHIFT = 8,
	FP_FUSED_132 = 0x10, FP_FUSED_213 = 0x20, FP_FUSED_NEGATE = 0x40,
	FP_FUSED_SUB_EVEN = 0x80, FP_FUSED_SUB_ODD = 0x100, FP_FUSED_SUB = FP_FUSED_SUB_EVEN | FP_FUSED_SUB_ODD,
};
#define FP_ARG(what, elements) ((what) << FP_ARG_SHIFT | FP_##elements)
#define FP_CONVERT(from, to) (FP_##from << FP_FROM_SHIFT | FP_##to << FP_TO_SHIFT)
enum { CONVERT_A, CONVERT_D };
enum { LOOP_ALWAYS, LOOP_ZF, LOOP_NOT_ZF };
enum { FLAG_OP_CLC, FLAG_OP_STC, FLAG_OP_CMC, FLAG_OP_CLD, FLAG_OP_STD, FLAG_OP_LAHF, FLAG_OP_SAHF };
enum { BCD_AAA, BCD_AAS, BCD_AAM, BCD_AAD, BCD_DAA, BCD_DAS };
enum { STRING_MOVS, STRING_STOS, STRING_LODS, STRING_SCAS, STRING_CMPS, STRING_INS, STRING_OUTS };
enum { X87_ADD, X87_MUL, X87_SUB, X87_SUBR, X87_DIV, X87_DIVR };
enum { X87_ABS, X87_CHS, X87_SQRT, X87_RNDINT, X87_2XM1 };
enum { X87_SIN, X87_COS };
enum { X87_TAN, X87_SINCOS, X87_XTRACT };
enum { X87_ATAN, X87_YL2X, X87_YL2XP1, X87_SCALE };
enum { X87_FLOAT, X87_INTEGER, X87_TRUNCATED, X87_BCD, X87_KIND = 3, X87_POP };
enum { X87_ZERO, X87_ONE, X87_PI, X87_LOG2_10, X87_LOG2_E, X87_LOG10_2, X87_LN_2 };
enum { X87_POPS = 3, X87_UNORDERED, X87_WITH_ZERO = 8 };
enum { X87_STAY, X87_INCREMENT, X87_DECREMENT, X87_FREE, X87_FREE_POP };
enum { BASE_WRITE = 0x100 };

/* Segment loads as MOV, POP and LxS do them (seg.c); false: faulted, nothing changed. */
bool seg_load(struct cpu *cpu, unsigned seg, uint16_t selector);

/* Far transfers (transition.c). */
OP(far_jump_direct);
OP(far_call_direct);
OP(far_jump_memory);
OP(far_call_memory);
OP(far_return);
OP(mov_to_segment);   /* r/m16 -> segment register u->dst (not CS); SS ends the block */
OP(pop_segment);

/* I/O permission (SL-63), then the access. */
bool io_allowed(struct cpu *cpu, uint16_t port, unsigned size);
uint32_t io_read(struct cpu *cpu, const struct uop *u, uint16_t port, unsigned size);
void io_write(struct cpu *cpu, const struct uop *u, uint16_t port, unsigned size, uint32_t value);

#endif
