/* sse_rows.h - the instructions that sse.c compares. */
#ifndef RS_TEST_SSE_ROWS_H
#define RS_TEST_SSE_ROWS_H

enum kind { BINARY, SQRT, INTEGRAL, FUSED, COMPARE, RELATE, CONVERT, ESTIMATE };
enum needs { SSE2, SSE41, AVX, FMA, F16C, INTEL_ESTIMATES };

struct row {
	const char *name;
	native_fn *native;
	enum kind kind;
	enum fp_size size;
	unsigned n;
	int op, to; /* what the kind takes: operation, rounding, predicate, types */
	bool truncates, clears; /* a conversion: CVTT; the rest of the register becomes 0 */
	enum needs needs;
};

/* Format and lanes. */
#define F32X4 FP_SIZE_32, 4
#define F32X2 FP_SIZE_32, 2
#define F32X1 FP_SIZE_32, 1
#define F64X2 FP_SIZE_64, 2
#define F64X1 FP_SIZE_64, 1

/* X(name, instruction, and what follows in a row) */
#define ROWS(X) \
	X(rcpps, "rcpps %%xmm0, %%xmm0", ESTIMATE, F32X4, 0, 0, 0, 0, INTEL_ESTIMATES) \
	X(rsqrtps, "rsqrtps %%xmm0, %%xmm0", ESTIMATE, F32X4, 1, 0, 0, 0, INTEL_ESTIMATES) \
	X(addps, "addps %%xmm1, %%xmm0", BINARY, F32X4, FP_ADD, 0, 0, 0, SSE2) \
	X(addpd, "addpd %%xmm1, %%xmm0", BINARY, F64X2, FP_ADD, 0, 0, 0, SSE2) \
	X(subps, "subps %%xmm1, %%xmm0", BINARY, F32X4, FP_SUB, 0, 0, 0, SSE2) \
	X(subpd, "subpd %%xmm1, %%xmm0", BINARY, F64X2, FP_SUB, 0, 0, 0, SSE2) \
	X(mulps, "mulps %%xmm1, %%xmm0", BINARY, F32X4, FP_MUL, 0, 0, 0, SSE2) \
	X(mulpd, "mulpd %%xmm1, %%xmm0", BINARY, F64X2, FP_MUL, 0, 0, 0, SSE2) \
	X(divps, "divps %%xmm1, %%xmm0", BINARY, F32X4, FP_DIV, 0, 0, 0, SSE2) \
	X(divpd, "divpd %%xmm1, %%xmm0", BINARY, F64X2, FP_DIV, 0, 0, 0, SSE2) \
	X(minps, "minps %%xmm1, %%xmm0", BINARY, F32X4, FP_MIN, 0, 0, 0, SSE2) \
	X(minpd, "minpd %%xmm1, %%xmm0", BINARY, F64X2, FP_MIN, 0, 0, 0, SSE2) \
	X(maxps, "maxps %%xmm1, %%xmm0", BINARY, F32X4, FP_MAX, 0, 0, 0, SSE2) \
	X(maxpd, "maxpd %%xmm1, %%xmm0", BINARY, F64X2, FP_MAX, 0, 0, 0, SSE2) \
	X(addsubps, "addsubps %%xmm1, %%xmm0", BINARY, F32X4, FP_ADDSUB, 0, 0, 0, SSE2) \
	X(addsubpd, "addsubpd %%xmm1, %%xmm0", BINARY, F64X2, FP_ADDSUB, 0, 0, 0, SSE2) \
	X(addss, "addss %%xmm1, %%xmm0", BINARY, F32X1, FP_ADD, 0, 0, 0, SSE2) \
	X(divsd, "divsd %%xmm1, %%xmm0", BINARY, F64X1, FP_DIV, 0, 0, 0, SSE2) \
	X(sqrtps, "sqrtps %%xmm0, %%xmm0", SQRT, F32X4, 0, 0, 0, 0, SSE2) \
	X(sqrtpd, "sqrtpd %%xmm0, %%xmm0", SQRT, F64X2, 0, 0, 0, 0, SSE2) \
	X(roundps_0, "roundps $0, %%xmm0, %%xmm0", INTEGRAL, F32X4, 0, 0, 0, 0, SSE41) \
	X(roundpd_0, "roundpd $0, %%xmm0, %%xmm0", INTEGRAL, F64X2, 0, 0, 0, 0, SSE41) \
	X(roundps_1, "roundps $1, %%xmm0, %%xmm0", INTEGRAL, F32X4, 1, 0, 0, 0, SSE41) \
	X(roundpd_1, "roundpd $1, %%xmm0, %%xmm0", INTEGRAL, F64X2, 1, 0, 0, 0, SSE41) \
	X(roundps_2, "roundps $2, %%xmm0, %%xmm0", INTEGRAL, F32X4, 2, 0, 0, 0, SSE41) \
	X(roundpd_2, "roundpd $2, %%xmm0, %%xmm0", INTEGRAL, F64X2, 2, 0, 0, 0, SSE41) \
	X(roundps_3, "roundps $3, %%xmm0, %%xmm0", INTEGRAL, F32X4, 3, 0, 0, 0, SSE41) \
	X(roundpd_3, "roundpd $3, %%xmm0, %%xmm0", INTEGRAL, F64X2, 3, 0, 0, 0, SSE41) \
	X(fmadd132ps, "vfmadd132ps %%xmm1, %%xmm2, %%xmm0", FUSED, F32X4, 0, 0, 0, 0, FMA) \
	X(fmadd213ps, "vfmadd213ps %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", FUSED, F32X4, 0, 0, 0, 0, FMA) \
	X(fmadd231ps, "vfmadd231ps %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", FUSED, F32X4, 0, 0, 0, 0, FMA) \
	X(fmadd132pd, "vfmadd132pd %%xmm1, %%xmm2, %%xmm0", FUSED, F64X2, 0, 0, 0, 0, FMA) \
	X(fmadd213pd, "vfmadd213pd %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", FUSED, F64X2, 0, 0, 0, 0, FMA) \
	X(fmadd231pd, "vfmadd231pd %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", FUSED, F64X2, 0, 0, 0, 0, FMA) \
	X(fmsub132ps, "vfmsub132ps %%xmm1, %%xmm2, %%xmm0", FUSED, F32X4, 240, 0, 0, 0, FMA) \
	X(fmsub213ps, "vfmsub213ps %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F32X4, 240, 0, 0, 0, FMA) \
	X(fmsub231ps, "vfmsub231ps %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F32X4, 240, 0, 0, 0, FMA) \
	X(fmsub132pd, "vfmsub132pd %%xmm1, %%xmm2, %%xmm0", FUSED, F64X2, 240, 0, 0, 0, FMA) \
	X(fmsub213pd, "vfmsub213pd %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F64X2, 240, 0, 0, 0, FMA) \
	X(fmsub231pd, "vfmsub231pd %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F64X2, 240, 0, 0, 0, FMA) \
	X(fnmadd132ps, "vfnmadd132ps %%xmm1, %%xmm2, %%xmm0", FUSED, F32X4, 1, 0, 0, 0, FMA) \
	X(fnmadd213ps, "vfnmadd213ps %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F32X4, 1, 0, 0, 0, FMA) \
	X(fnmadd231ps, "vfnmadd231ps %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F32X4, 1, 0, 0, 0, FMA) \
	X(fnmadd132pd, "vfnmadd132pd %%xmm1, %%xmm2, %%xmm0", FUSED, F64X2, 1, 0, 0, 0, FMA) \
	X(fnmadd213pd, "vfnmadd213pd %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F64X2, 1, 0, 0, 0, FMA) \
	X(fnmadd231pd, "vfnmadd231pd %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F64X2, 1, 0, 0, 0, FMA) \
	X(fnmsub132ps, "vfnmsub132ps %%xmm1, %%xmm2, %%xmm0", FUSED, F32X4, 241, 0, 0, 0, FMA) \
	X(fnmsub213ps, "vfnmsub213ps %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F32X4, 241, 0, 0, 0, FMA) \
	X(fnmsub231ps, "vfnmsub231ps %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F32X4, 241, 0, 0, 0, FMA) \
	X(fnmsub132pd, "vfnmsub132pd %%xmm1, %%xmm2, %%xmm0", FUSED, F64X2, 241, 0, 0, 0, FMA) \
	X(fnmsub213pd, "vfnmsub213pd %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F64X2, 241, 0, 0, 0, FMA) \
	X(fnmsub231pd, "vfnmsub231pd %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F64X2, 241, 0, 0, 0, FMA) \
	X(fmaddsub132ps, "vfmaddsub132ps %%xmm1, %%xmm2, %%xmm0", FUSED, F32X4, 80, 0, 0, 0, FMA) \
	X(fmaddsub213ps, "vfmaddsub213ps %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F32X4, 80, 0, 0, 0, FMA) \
	X(fmaddsub231ps, "vfmaddsub231ps %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F32X4, 80, 0, 0, 0, FMA) \
	X(fmaddsub132pd, "vfmaddsub132pd %%xmm1, %%xmm2, %%xmm0", FUSED, F64X2, 80, 0, 0, 0, FMA) \
	X(fmaddsub213pd, "vfmaddsub213pd %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F64X2, 80, 0, 0, 0, FMA) \
	X(fmaddsub231pd, "vfmaddsub231pd %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F64X2, 80, 0, 0, 0, FMA) \
	X(fmsubadd132ps, "vfmsubadd132ps %%xmm1, %%xmm2, %%xmm0", FUSED, F32X4, 160, 0, 0, 0, FMA) \
	X(fmsubadd213ps, "vfmsubadd213ps %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F32X4, 160, 0, 0, 0, FMA) \
	X(fmsubadd231ps, "vfmsubadd231ps %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F32X4, 160, 0, 0, 0, FMA) \
	X(fmsubadd132pd, "vfmsubadd132pd %%xmm1, %%xmm2, %%xmm0", FUSED, F64X2, 160, 0, 0, 0, FMA) \
	X(fmsubadd213pd, "vfmsubadd213pd %%xmm2, %%xmm0, %%xmm1\n\tmovaps %%xmm1, %%xmm0", \
	  FUSED, F64X2, 160, 0, 0, 0, FMA) \
	X(fmsubadd231pd, "vfmsubadd231pd %%xmm1, %%xmm0, %%xmm2\n\tmovaps %%xmm2, %%xmm0", \
	  FUSED, F64X2, 160, 0, 0, 0, FMA) \
	X(cmpps_0, "vcmpps $0, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 0, 0, 0, 0, AVX) \
	X(cmppd_0, "vcmppd $0, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 0, 0, 0, 0, AVX) \
	X(cmpps_1, "vcmpps $1, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 1, 0, 0, 0, AVX) \
	X(cmppd_1, "vcmppd $1, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 1, 0, 0, 0, AVX) \
	X(cmpps_2, "vcmpps $2, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 2, 0, 0, 0, AVX) \
	X(cmppd_2, "vcmppd $2, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 2, 0, 0, 0, AVX) \
	X(cmpps_3, "vcmpps $3, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 3, 0, 0, 0, AVX) \
	X(cmppd_3, "vcmppd $3, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 3, 0, 0, 0, AVX) \
	X(cmpps_4, "vcmpps $4, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 4, 0, 0, 0, AVX) \
	X(cmppd_4, "vcmppd $4, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 4, 0, 0, 0, AVX) \
	X(cmpps_5, "vcmpps $5, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 5, 0, 0, 0, AVX) \
	X(cmppd_5, "vcmppd $5, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 5, 0, 0, 0, AVX) \
	X(cmpps_6, "vcmpps $6, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 6, 0, 0, 0, AVX) \
	X(cmppd_6, "vcmppd $6, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 6, 0, 0, 0, AVX) \
	X(cmpps_7, "vcmpps $7, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 7, 0, 0, 0, AVX) \
	X(cmppd_7, "vcmppd $7, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 7, 0, 0, 0, AVX) \
	X(cmpps_8, "vcmpps $8, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 8, 0, 0, 0, AVX) \
	X(cmppd_8, "vcmppd $8, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 8, 0, 0, 0, AVX) \
	X(cmpps_9, "vcmpps $9, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 9, 0, 0, 0, AVX) \
	X(cmppd_9, "vcmppd $9, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 9, 0, 0, 0, AVX) \
	X(cmpps_10, "vcmpps $10, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 10, 0, 0, 0, AVX) \
	X(cmppd_10, "vcmppd $10, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 10, 0, 0, 0, AVX) \
	X(cmpps_11, "vcmpps $11, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 11, 0, 0, 0, AVX) \
	X(cmppd_11, "vcmppd $11, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 11, 0, 0, 0, AVX) \
	X(cmpps_12, "vcmpps $12, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 12, 0, 0, 0, AVX) \
	X(cmppd_12, "vcmppd $12, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 12, 0, 0, 0, AVX) \
	X(cmpps_13, "vcmpps $13, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 13, 0, 0, 0, AVX) \
	X(cmppd_13, "vcmppd $13, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 13, 0, 0, 0, AVX) \
	X(cmpps_14, "vcmpps $14, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 14, 0, 0, 0, AVX) \
	X(cmppd_14, "vcmppd $14, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 14, 0, 0, 0, AVX) \
	X(cmpps_15, "vcmpps $15, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 15, 0, 0, 0, AVX) \
	X(cmppd_15, "vcmppd $15, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 15, 0, 0, 0, AVX) \
	X(cmpps_16, "vcmpps $16, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 16, 0, 0, 0, AVX) \
	X(cmppd_16, "vcmppd $16, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 16, 0, 0, 0, AVX) \
	X(cmpps_17, "vcmpps $17, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 17, 0, 0, 0, AVX) \
	X(cmppd_17, "vcmppd $17, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 17, 0, 0, 0, AVX) \
	X(cmpps_18, "vcmpps $18, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 18, 0, 0, 0, AVX) \
	X(cmppd_18, "vcmppd $18, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 18, 0, 0, 0, AVX) \
	X(cmpps_19, "vcmpps $19, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 19, 0, 0, 0, AVX) \
	X(cmppd_19, "vcmppd $19, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 19, 0, 0, 0, AVX) \
	X(cmpps_20, "vcmpps $20, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 20, 0, 0, 0, AVX) \
	X(cmppd_20, "vcmppd $20, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 20, 0, 0, 0, AVX) \
	X(cmpps_21, "vcmpps $21, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 21, 0, 0, 0, AVX) \
	X(cmppd_21, "vcmppd $21, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 21, 0, 0, 0, AVX) \
	X(cmpps_22, "vcmpps $22, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 22, 0, 0, 0, AVX) \
	X(cmppd_22, "vcmppd $22, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 22, 0, 0, 0, AVX) \
	X(cmpps_23, "vcmpps $23, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 23, 0, 0, 0, AVX) \
	X(cmppd_23, "vcmppd $23, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 23, 0, 0, 0, AVX) \
	X(cmpps_24, "vcmpps $24, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 24, 0, 0, 0, AVX) \
	X(cmppd_24, "vcmppd $24, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 24, 0, 0, 0, AVX) \
	X(cmpps_25, "vcmpps $25, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 25, 0, 0, 0, AVX) \
	X(cmppd_25, "vcmppd $25, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 25, 0, 0, 0, AVX) \
	X(cmpps_26, "vcmpps $26, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 26, 0, 0, 0, AVX) \
	X(cmppd_26, "vcmppd $26, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 26, 0, 0, 0, AVX) \
	X(cmpps_27, "vcmpps $27, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 27, 0, 0, 0, AVX) \
	X(cmppd_27, "vcmppd $27, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 27, 0, 0, 0, AVX) \
	X(cmpps_28, "vcmpps $28, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 28, 0, 0, 0, AVX) \
	X(cmppd_28, "vcmppd $28, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 28, 0, 0, 0, AVX) \
	X(cmpps_29, "vcmpps $29, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 29, 0, 0, 0, AVX) \
	X(cmppd_29, "vcmppd $29, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 29, 0, 0, 0, AVX) \
	X(cmpps_30, "vcmpps $30, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 30, 0, 0, 0, AVX) \
	X(cmppd_30, "vcmppd $30, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 30, 0, 0, 0, AVX) \
	X(cmpps_31, "vcmpps $31, %%xmm1, %%xmm0, %%xmm0", COMPARE, F32X4, 31, 0, 0, 0, AVX) \
	X(cmppd_31, "vcmppd $31, %%xmm1, %%xmm0, %%xmm0", COMPARE, F64X2, 31, 0, 0, 0, AVX) \
	X(comiss, "comiss %%xmm1, %%xmm0\n\tlahf\n\tmovzbl %%ah, %%eax\n\tmovq %%rax, %%xmm0", \
	  RELATE, F32X1, 1, 0, 0, 0, SSE2) \
	X(comisd, "comisd %%xmm1, %%xmm0\n\tlahf\n\tmovzbl %%ah, %%eax\n\tmovq %%rax, %%xmm0", \
	  RELATE, F64X1, 1, 0, 0, 0, SSE2) \
	X(ucomiss, "ucomiss %%xmm1, %%xmm0\n\tlahf\n\tmovzbl %%ah, %%eax\n\tmovq %%rax, %%xmm0", \
	  RELATE, F32X1, 0, 0, 0, 0, SSE2) \
	X(ucomisd, "ucomisd %%xmm1, %%xmm0\n\tlahf\n\tmovzbl %%ah, %%eax\n\tmovq %%rax, %%xmm0", \
	  RELATE, F64X1, 0, 0, 0, 0, SSE2) \
	X(cvtps2pd, "cvtps2pd %%xmm0, %%xmm0", CONVERT, F32X2, FP_F32, FP_F64, 0, 1, SSE2) \
	X(cvtpd2ps, "cvtpd2ps %%xmm0, %%xmm0", CONVERT, F32X2, FP_F64, FP_F32, 0, 1, SSE2) \
	X(cvtps2dq, "cvtps2dq %%xmm0, %%xmm0", CONVERT, F32X4, FP_F32, FP_I32, 0, 1, SSE2) \
	X(cvttps2dq, "cvttps2dq %%xmm0, %%xmm0", CONVERT, F32X4, FP_F32, FP_I32, 1, 1, SSE2) \
	X(cvtpd2dq, "cvtpd2dq %%xmm0, %%xmm0", CONVERT, F32X2, FP_F64, FP_I32, 0, 1, SSE2) \
	X(cvttpd2dq, "cvttpd2dq %%xmm0, %%xmm0", CONVERT, F32X2, FP_F64, FP_I32, 1, 1, SSE2) \
	X(cvtdq2ps, "cvtdq2ps %%xmm0, %%xmm0", CONVERT, F32X4, FP_I32, FP_F32, 0, 1, SSE2) \
	X(cvtdq2pd, "cvtdq2pd %%xmm0, %%xmm0", CONVERT, F32X2, FP_I32, FP_F64, 0, 1, SSE2) \
	X(cvtss2sd, "cvtss2sd %%xmm0, %%xmm0", CONVERT, F32X1, FP_F32, FP_F64, 0, 0, SSE2) \
	X(cvtsd2ss, "cvtsd2ss %%xmm0, %%xmm0", CONVERT, F32X1, FP_F64, FP_F32, 0, 0, SSE2) \
	X(cvtss2si, "cvtss2si %%xmm0, %%eax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F32, FP_I32, 0, 1, SSE2) \
	X(cvtsd2si, "cvtsd2si %%xmm0, %%eax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F64, FP_I32, 0, 1, SSE2) \
	X(cvtss2siq, "cvtss2si %%xmm0, %%rax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F32, FP_I64, 0, 1, SSE2) \
	X(cvtsd2siq, "cvtsd2si %%xmm0, %%rax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F64, FP_I64, 0, 1, SSE2) \
	X(cvttss2si, "cvttss2si %%xmm0, %%eax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F32, FP_I32, 1, 1, SSE2) \
	X(cvttsd2si, "cvttsd2si %%xmm0, %%eax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F64, FP_I32, 1, 1, SSE2) \
	X(cvttss2siq, "cvttss2si %%xmm0, %%rax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F32, FP_I64, 1, 1, SSE2) \
	X(cvttsd2siq, "cvttsd2si %%xmm0, %%rax\n\tmovq %%rax, %%xmm0", CONVERT, F32X1, FP_F64, FP_I64, 1, 1, SSE2) \
	X(cvtsi2ssq, "movq %%xmm0, %%rax\n\tcvtsi2ssq %%rax, %%xmm0", CONVERT, F32X1, FP_I64, FP_F32, 0, 0, SSE2) \
	X(cvtsi2sdq, "movq %%xmm0, %%rax\n\tcvtsi2sdq %%rax, %%xmm0", CONVERT, F32X1, FP_I64, FP_F64, 0, 0, SSE2) \
	X(vcvtph2ps, "vcvtph2ps %%xmm0, %%xmm0", CONVERT, F32X4, FP_F16, FP_F32, 0, 1, F16C) \
	X(vcvtps2ph, "vcvtps2ph $4, %%xmm0, %%xmm0", CONVERT, F32X4, FP_F32, FP_F16, 0, 1, F16C) \
	X(vcvtps2ph_3, "vcvtps2ph $3, %%xmm0, %%xmm0", CONVERT, F32X4, FP_F32, FP_F16, 1, 1, F16C)

#define DEFINE(name, insn, ...) NATIVE(name, insn)
ROWS(DEFINE)
#define ROW(name, insn, ...) { #name, native_##name, __VA_ARGS__ },
static const struct row rows[] = { ROWS(ROW) };

#endif
