/* flags.h - the six arithmetic flags, kept as the result they follow from. Pure: no struct cpu.
 *
 * Most flags are overwritten before anybody reads them, so an instruction stores two words and whoever needs a flag
 * derives it:
 *   res   the result, sign-extended to 64 bits:  ZF = (res == 0)
 *   aux   bit 63: carry out of the top bit (CF)   bit 62: carry into the top bit (OF = bit 63 ^ bit 62)
 *         bit 3:  carry out of bit 3 (AF)         bit 0:  SF differs from the sign of res
 *         bits 15:8: PF is the parity of (res ^ aux >> 8) & FFh
 * Bit 0 and bits 15:8 are 0 after an operation; they let POPF express flags that no result has (SF = ZF = 1).
 */
#ifndef RS_CPU_FLAGS_H
#define RS_CPU_FLAGS_H

#include "cpu/state.h"

struct lazy_flags {
	int64_t res;
	uint64_t aux;
};

#define AUX_CF (1ull << 63)
#define AUX_PO (1ull << 62)
#define AUX_AF (1ull << 3)
#define AUX_SFD 1ull

static inline bool flag_cf(const struct lazy_flags *f)
{
	return f->aux >> 63;
}

static inline bool flag_zf(const struct lazy_flags *f)
{
	return f->res == 0;
}

static inline bool flag_sf(const struct lazy_flags *f)
{
	return ((uint64_t)f->res >> 63) ^ (f->aux & AUX_SFD);
}

static inline bool flag_of(const struct lazy_flags *f)
{
	return (f->aux ^ f->aux << 1) >> 63;
}

static inline bool flag_af(const struct lazy_flags *f)
{
	return f->aux >> 3 & 1;
}

static inline bool flag_pf(const struct lazy_flags *f)
{
	unsigned b = ((unsigned)f->res ^ (unsigned)(f->aux >> 8)) & 0xff;
	return 0x9669u >> ((b ^ b >> 4) & 15) & 1;
}

static inline uint32_t flags_arithmetic(const struct lazy_flags *f)
{
	return (flag_cf(f) ? FLAG_CF : 0) | (flag_pf(f) ? FLAG_PF : 0) | (flag_af(f) ? FLAG_AF : 0) |
	       (flag_zf(f) ? FLAG_ZF : 0) | (flag_sf(f) ? FLAG_SF : 0) | (flag_of(f) ? FLAG_OF : 0);
}

/* The two words that stand for the arithmetic flags of `rflags`. */
static inline struct lazy_flags flags_from(uint64_t rflags)
{
	struct lazy_flags f = { .res = !(rflags & FLAG_ZF), .aux = 0 };
	bool cf = rflags & FLAG_CF, of = rflags & FLAG_OF;
	bool pf_of_res = f.res == 0; /* parity of 0 is even, of 1 odd */
	f.aux |= cf ? AUX_CF : 0;
	f.aux |= cf != of ? AUX_PO : 0;
	f.aux |= rflags & FLAG_AF ? AUX_AF : 0;
	f.aux |= rflags & FLAG_SF ? AUX_SFD : 0;
	f.aux |= (bool)(rflags & FLAG_PF) != pf_of_res ? 0x100 : 0;
	return f;
}

/* CF and OF anew, the other four as they are. */
static inline void flags_set_cf_of(struct lazy_flags *f, bool cf, bool of)
{
	f->aux = (f->aux & ~(AUX_CF | AUX_PO)) | (cf ? AUX_CF : 0) | (cf != of ? AUX_PO : 0);
}

/* The flags in `which` as in `value`, the others as they are. */
static inline void flags_put(struct lazy_flags *f, uint32_t which, uint32_t value)
{
	*f = flags_from((flags_arithmetic(f) & ~which) | (value & which));
}

static inline void flags_set_cf(struct lazy_flags *f, bool cf)
{
	flags_set_cf_of(f, cf, flag_of(f));
}

#endif
