/* fp_soft.h - lanes, and the functions of fp_soft that fp_host has no better ones for. */
#ifndef RS_FP_SOFT_H
#define RS_FP_SOFT_H

#include "fp/fp.h"
#include <string.h>

#define SOFT static inline __attribute__((always_inline))

SOFT uint64_t lane_get(const void *lanes, unsigned i, enum fp_size size)
{
	uint32_t v32;
	uint64_t v64;
	if (size == FP_SIZE_32) {
		memcpy(&v32, (const char *)lanes + 4 * i, 4);
		return v32;
	}
	memcpy(&v64, (const char *)lanes + 8 * i, 8);
	return v64;
}

SOFT void lane_put(void *lanes, unsigned i, uint64_t v, enum fp_size size)
{
	const uint32_t low = (uint32_t)v;
	if (size == FP_SIZE_32)
		memcpy((char *)lanes + 4 * i, &low, 4);
	else
		memcpy((char *)lanes + 8 * i, &v, 8);
}

fp_unary_fn fp_f16_to_f32, fp_f32_to_f16, fp_f32_to_f64, fp_f64_to_f32;
fp_unary_fn fp_f32_to_i32, fp_f32_to_i64, fp_f64_to_i32, fp_f64_to_i64;
fp_unary_fn fp_i32_to_f32, fp_i32_to_f64, fp_i64_to_f32, fp_i64_to_f64;

fp_unary_fn fp_soft_root32, fp_soft_root64, fp_soft_integral32, fp_soft_integral64;
fp_fused_fn fp_soft_fused32, fp_soft_fused64;

#define FP_SOFT_CONVERSIONS                                                                                            \
	{                                                                                                              \
		[FP_F16] = { [FP_F32] = fp_f16_to_f32 },                                                               \
		[FP_F32] = { [FP_F16] = fp_f32_to_f16,                                                                 \
			     [FP_F64] = fp_f32_to_f64,                                                                 \
			     [FP_I32] = fp_f32_to_i32,                                                                 \
			     [FP_I64] = fp_f32_to_i64 },                                                               \
		[FP_F64] = { [FP_F32] = fp_f64_to_f32, [FP_I32] = fp_f64_to_i32, [FP_I64] = fp_f64_to_i64 },           \
		[FP_I32] = { [FP_F32] = fp_i32_to_f32, [FP_F64] = fp_i32_to_f64 },                                     \
		[FP_I64] = { [FP_F32] = fp_i64_to_f32, [FP_F64] = fp_i64_to_f64 },                                     \
	}

#endif
