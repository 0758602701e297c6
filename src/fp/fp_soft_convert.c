/* fp_soft_convert.c - conversions by lanes, in integers.
 *
 * Lanes may lie in place: widening goes from the last to the first. */
#include "fp/fp_parts.h"
#include "fp/fp_soft.h"

SOFT uint64_t element_get(const void *lanes, unsigned i, unsigned bytes)
{
	uint64_t v = 0;
	memcpy(&v, (const char *)lanes + bytes * i, bytes);
	return v;
}

SOFT void element_put(void *lanes, unsigned i, uint64_t v, unsigned bytes)
{
	memcpy((char *)lanes + bytes * i, &v, bytes);
}

/* X(from, to) of all lanes. */
#define EACH(from_bytes, to_bytes, element)                                                                            \
	for (unsigned k = 0; k < n; k++) {                                                                             \
		const unsigned i = (to_bytes) > (from_bytes) ? n - 1 - k : k;                                          \
		const uint64_t v = element_get(a, i, from_bytes);                                                      \
		element_put(r, i, element, to_bytes);                                                                  \
	}

/* ---- between formats ---- */

SOFT uint64_t reformat(struct fp_env *env, uint64_t a, const struct fp_format *from, const struct fp_format *to)
{
	struct fp_parts p = fp_unpack_bits(from, a);
	if (env->daz && from != &fp_f16)
		fp_flush(&p);
	p.raised = p.signalling ? FP_IE : 0;
	if (!fp_raise(env, p.raised, p.denormal && from != &fp_f16))
		return 0;
	return fp_pack_bits(env, to, &p);
}

#define REFORMAT(from, from_bytes, to, to_bytes)                                                                       \
	void fp_##from##_to_##to(struct fp_env *env, void *r, const void *a, unsigned n)                               \
	{                                                                                                              \
		EACH(from_bytes, to_bytes, reformat(env, v, &fp_##from, &fp_##to))                                     \
	}
REFORMAT(f16, 2, f32, 4)
REFORMAT(f32, 4, f64, 8)
REFORMAT(f64, 8, f32, 4)

/* Denormals of f16 are made whatever FTZ says [SDM vol. 2, VCVTPS2PH]. A denormal of f32 becomes 0, and raises PE even
 * when UE is unmasked and no result is made, as measured on Intel. */
SOFT uint64_t halve(struct fp_env *env, uint64_t a)
{
	const bool denormal = !env->daz && fp_unpack_bits(&fp_f32, a).denormal;
	if (denormal && env->masks & FP_DE)
		env->flags |= FP_PE;
	return reformat(env, a, &fp_f32, &fp_f16);
}

void fp_f32_to_f16(struct fp_env *env, void *r, const void *a, unsigned n)
{
	const bool ftz = env->ftz;
	env->ftz = false;
	EACH(4, 2, halve(env, v))
	env->ftz = ftz;
}

/* ---- to integers: a denormal is no exception ---- */

SOFT uint64_t to_integer(struct fp_env *env, uint64_t a, const struct fp_format *from, unsigned bits)
{
	struct fp_parts p = fp_unpack_bits(from, a);
	if (env->daz)
		fp_flush(&p);
	return (uint64_t)fp_to_int(env, &p, bits);
}

#define TO_INTEGER(from, from_bytes, bits)                                                                             \
	void fp_##from##_to_i##bits(struct fp_env *env, void *r, const void *a, unsigned n)                            \
	{                                                                                                              \
		EACH(from_bytes, bits / 8, to_integer(env, v, &fp_##from, bits))                                       \
	}
TO_INTEGER(f32, 4, 32)
TO_INTEGER(f32, 4, 64)
TO_INTEGER(f64, 8, 32)
TO_INTEGER(f64, 8, 64)

/* ---- from integers ---- */

SOFT uint64_t from_integer(struct fp_env *env, int64_t a, const struct fp_format *to)
{
	const struct fp_parts p = fp_from_int(a);
	return fp_pack_bits(env, to, &p);
}

#define FROM_INTEGER(bits, to, to_bytes)                                                                               \
	void fp_i##bits##_to_##to(struct fp_env *env, void *r, const void *a, unsigned n)                              \
	{                                                                                                              \
		EACH(bits / 8, to_bytes, from_integer(env, (int##bits##_t)v, &fp_##to))                                \
	}
FROM_INTEGER(32, f32, 4)
FROM_INTEGER(32, f64, 8)
FROM_INTEGER(64, f32, 4)
FROM_INTEGER(64, f64, 8)
