/* ask_ringstep.c - the functions under test. */
#include "fp/fp_transcendental.h"
#include "transcendental.h"

struct outcome ask_ringstep(const struct question *q)
{
	struct fp_env env = fp_env_x87((uint16_t)q->fcw);
	const struct fp80 x = q->st[0], y = q->st[1];
	struct outcome o = { .value = { x } };
	switch (q->function) {
	case SIN:
		o.c2 = !f80_sin(&env, x, &o.value[0]);
		break;
	case COS:
		o.c2 = !f80_cos(&env, x, &o.value[0]);
		break;
	case SINCOS:
		o.c2 = !f80_sincos(&env, x, &o.value[0], &o.value[1]);
		break;
	case TAN:
		o.c2 = !f80_tan(&env, x, &o.value[0]);
		break;
	case ATAN:
		o.value[0] = f80_atan(&env, y, x);
		break;
	case EXP2M1:
		o.value[0] = f80_exp2m1(&env, x);
		break;
	case YLOG2X:
		o.value[0] = f80_ylog2x(&env, y, x);
		break;
	default:
		o.value[0] = f80_ylog2xp1(&env, y, x);
	}
	if (o.c2 && q->function == SINCOS)
		o.value[1] = y;
	o.flags = env.flags;
	o.c1 = env.rounded_up;
	return o;
}
