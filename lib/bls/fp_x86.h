/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Fp on x86-64 with MULX, ADCX and ADOX (BMI2 and ADX): what fp.c has in C
 * under the same names, with the same bounds.  Integer registers only, so it
 * may run anywhere in the kernel.  Included by fp.c.
 *
 * A row of a product is six MULX whose low halves are added along the carry
 * flag and whose high halves along the overflow flag, two chains that do not
 * wait for each other (Ozturk, Guilford and Gopal, "Large integer squaring on
 * Intel architecture processors", 2013).  Seven registers hold the running
 * sum; after a row its lowest limb is done with and becomes the highest.
 */
static const uint64_t fp_n0 = FP_N0;

#define R0	"%%r8"
#define R1	"%%r9"
#define R2	"%%r10"
#define R3	"%%r11"
#define R4	"%%r12"
#define R5	"%%r13"
#define R6	"%%r14"

/* Limbs of p, in memory */
#define P0	"%[p]"
#define P1	"8+%[p]"
#define P2	"16+%[p]"
#define P3	"24+%[p]"
#define P4	"32+%[p]"
#define P5	"40+%[p]"

#define MULADD(src, lo, hi)						\
	"mulx " src ", %%rax, %%rcx\n\t"				\
	"adcx %%rax, " lo "\n\t"					\
	"adox %%rcx, " hi "\n\t"

/* t0 .. t6 = rdx b, b at rbx */
#define ROW_FIRST(t0, t1, t2, t3, t4, t5, t6)				\
	"mulx (%%rbx), " t0 ", " t1 "\n\t"				\
	"mulx 8(%%rbx), %%rax, " t2 "\n\t"				\
	"add %%rax, " t1 "\n\t"						\
	"mulx 16(%%rbx), %%rax, " t3 "\n\t"				\
	"adc %%rax, " t2 "\n\t"						\
	"mulx 24(%%rbx), %%rax, " t4 "\n\t"				\
	"adc %%rax, " t3 "\n\t"						\
	"mulx 32(%%rbx), %%rax, " t5 "\n\t"				\
	"adc %%rax, " t4 "\n\t"						\
	"mulx 40(%%rbx), %%rax, " t6 "\n\t"				\
	"adc %%rax, " t5 "\n\t"						\
	"adc $0, " t6 "\n\t"

/* t0 .. t6 += rdx b, where t6 is zero */
#define ROW_ADD(t0, t1, t2, t3, t4, t5, t6)				\
	"xor %%eax, %%eax\n\t"						\
	MULADD("(%%rbx)", t0, t1)					\
	MULADD("8(%%rbx)", t1, t2)					\
	MULADD("16(%%rbx)", t2, t3)					\
	MULADD("24(%%rbx)", t3, t4)					\
	MULADD("32(%%rbx)", t4, t5)					\
	MULADD("40(%%rbx)", t5, t6)					\
	"mov $0, %%eax\n\t"						\
	"adcx %%rax, " t6 "\n\t"

/* t0 .. t6 += m p with the m that makes t0 zero: it is the next t6 */
#define ROW_REDC(t0, t1, t2, t3, t4, t5, t6)				\
	"mov " t0 ", %%rdx\n\t"						\
	"imulq %[n0], %%rdx\n\t"					\
	"xor %%eax, %%eax\n\t"						\
	MULADD(P0, t0, t1)						\
	MULADD(P1, t1, t2)						\
	MULADD(P2, t2, t3)						\
	MULADD(P3, t3, t4)						\
	MULADD(P4, t4, t5)						\
	MULADD(P5, t5, t6)						\
	"mov $0, %%eax\n\t"						\
	"adcx %%rax, " t6 "\n\t"

/* Store t0 .. t5 < 2p at rdi, less p if that is not negative; c0 .. c5 are
 * other registers
 */
#define REDUCE_ONCE(t0, t1, t2, t3, t4, t5, c0, c1, c2, c3, c4, c5)	\
	"mov " t0 ", " c0 "\n\t"					\
	"mov " t1 ", " c1 "\n\t"					\
	"mov " t2 ", " c2 "\n\t"					\
	"mov " t3 ", " c3 "\n\t"					\
	"mov " t4 ", " c4 "\n\t"					\
	"mov " t5 ", " c5 "\n\t"					\
	"subq " P0 ", " c0 "\n\t"					\
	"sbbq " P1 ", " c1 "\n\t"					\
	"sbbq " P2 ", " c2 "\n\t"					\
	"sbbq " P3 ", " c3 "\n\t"					\
	"sbbq " P4 ", " c4 "\n\t"					\
	"sbbq " P5 ", " c5 "\n\t"					\
	"cmovc " t0 ", " c0 "\n\t"					\
	"cmovc " t1 ", " c1 "\n\t"					\
	"cmovc " t2 ", " c2 "\n\t"					\
	"cmovc " t3 ", " c3 "\n\t"					\
	"cmovc " t4 ", " c4 "\n\t"					\
	"cmovc " t5 ", " c5 "\n\t"					\
	"mov " c0 ", (%%rdi)\n\t"					\
	"mov " c1 ", 8(%%rdi)\n\t"					\
	"mov " c2 ", 16(%%rdi)\n\t"					\
	"mov " c3 ", 24(%%rdi)\n\t"					\
	"mov " c4 ", 32(%%rdi)\n\t"					\
	"mov " c5 ", 40(%%rdi)\n\t"

/* r = a b / R mod p */
static bls_noinline void fp_mul(struct bls_fp *r, const struct bls_fp *a,
				const struct bls_fp *b)
{
	__asm__ volatile(
		"mov (%%rsi), %%rdx\n\t"
		ROW_FIRST(R0, R1, R2, R3, R4, R5, R6)
		ROW_REDC(R0, R1, R2, R3, R4, R5, R6)
		"mov 8(%%rsi), %%rdx\n\t"
		ROW_ADD(R1, R2, R3, R4, R5, R6, R0)
		ROW_REDC(R1, R2, R3, R4, R5, R6, R0)
		"mov 16(%%rsi), %%rdx\n\t"
		ROW_ADD(R2, R3, R4, R5, R6, R0, R1)
		ROW_REDC(R2, R3, R4, R5, R6, R0, R1)
		"mov 24(%%rsi), %%rdx\n\t"
		ROW_ADD(R3, R4, R5, R6, R0, R1, R2)
		ROW_REDC(R3, R4, R5, R6, R0, R1, R2)
		"mov 32(%%rsi), %%rdx\n\t"
		ROW_ADD(R4, R5, R6, R0, R1, R2, R3)
		ROW_REDC(R4, R5, R6, R0, R1, R2, R3)
		"mov 40(%%rsi), %%rdx\n\t"
		ROW_ADD(R5, R6, R0, R1, R2, R3, R4)
		ROW_REDC(R5, R6, R0, R1, R2, R3, R4)
		REDUCE_ONCE(R6, R0, R1, R2, R3, R4,
			    "%%rax", "%%rcx", "%%rdx", "%%rsi", "%%rbx", R5)
		: "+S"(a), "+b"(b)
		: "D"(r), [p] "m"(fp_p), [n0] "m"(fp_n0)
		: "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
		  "r14", "cc", "memory");
}

static inline void fp_sqr(struct bls_fp *r, const struct bls_fp *a)
{
	fp_mul(r, a, a);
}

/* r = a b, twelve limbs; r is neither */
static bls_noinline void fpw_mul(struct fpw *r, const struct bls_fp *a,
				 const struct bls_fp *b)
{
	__asm__ volatile(
		"mov (%%rsi), %%rdx\n\t"
		ROW_FIRST(R0, R1, R2, R3, R4, R5, R6)
		"mov " R0 ", (%%rdi)\n\t"
		"mov 8(%%rsi), %%rdx\n\t"
		"xor %%r8d, %%r8d\n\t"
		ROW_ADD(R1, R2, R3, R4, R5, R6, R0)
		"mov " R1 ", 8(%%rdi)\n\t"
		"mov 16(%%rsi), %%rdx\n\t"
		"xor %%r9d, %%r9d\n\t"
		ROW_ADD(R2, R3, R4, R5, R6, R0, R1)
		"mov " R2 ", 16(%%rdi)\n\t"
		"mov 24(%%rsi), %%rdx\n\t"
		"xor %%r10d, %%r10d\n\t"
		ROW_ADD(R3, R4, R5, R6, R0, R1, R2)
		"mov " R3 ", 24(%%rdi)\n\t"
		"mov 32(%%rsi), %%rdx\n\t"
		"xor %%r11d, %%r11d\n\t"
		ROW_ADD(R4, R5, R6, R0, R1, R2, R3)
		"mov " R4 ", 32(%%rdi)\n\t"
		"mov 40(%%rsi), %%rdx\n\t"
		"xor %%r12d, %%r12d\n\t"
		ROW_ADD(R5, R6, R0, R1, R2, R3, R4)
		"mov " R5 ", 40(%%rdi)\n\t"
		"mov " R6 ", 48(%%rdi)\n\t"
		"mov " R0 ", 56(%%rdi)\n\t"
		"mov " R1 ", 64(%%rdi)\n\t"
		"mov " R2 ", 72(%%rdi)\n\t"
		"mov " R3 ", 80(%%rdi)\n\t"
		"mov " R4 ", 88(%%rdi)\n\t"
		:
		: "D"(r), "S"(a), "b"(b)
		: "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
		  "r14", "cc", "memory");
}

/* r = a / R mod p for a < p R: the low half is reduced by itself, to at most
 * p, and then the high half added
 */
static bls_noinline void fpw_redc(struct bls_fp *r, const struct fpw *a)
{
	__asm__ volatile(
		"mov (%%rsi), " R0 "\n\t"
		"mov 8(%%rsi), " R1 "\n\t"
		"mov 16(%%rsi), " R2 "\n\t"
		"mov 24(%%rsi), " R3 "\n\t"
		"mov 32(%%rsi), " R4 "\n\t"
		"mov 40(%%rsi), " R5 "\n\t"
		"xor %%r14d, %%r14d\n\t"
		ROW_REDC(R0, R1, R2, R3, R4, R5, R6)
		ROW_REDC(R1, R2, R3, R4, R5, R6, R0)
		ROW_REDC(R2, R3, R4, R5, R6, R0, R1)
		ROW_REDC(R3, R4, R5, R6, R0, R1, R2)
		ROW_REDC(R4, R5, R6, R0, R1, R2, R3)
		ROW_REDC(R5, R6, R0, R1, R2, R3, R4)
		"addq 48(%%rsi), " R6 "\n\t"
		"adcq 56(%%rsi), " R0 "\n\t"
		"adcq 64(%%rsi), " R1 "\n\t"
		"adcq 72(%%rsi), " R2 "\n\t"
		"adcq 80(%%rsi), " R3 "\n\t"
		"adcq 88(%%rsi), " R4 "\n\t"
		REDUCE_ONCE(R6, R0, R1, R2, R3, R4,
			    "%%rax", "%%rcx", "%%rdx", "%%rsi", "%%rbx", R5)
		: "+S"(a)
		: "D"(r), [p] "m"(fp_p), [n0] "m"(fp_n0)
		: "rax", "rcx", "rdx", "rbx", "r8", "r9", "r10", "r11", "r12",
		  "r13", "r14", "cc", "memory");
}

#define LOAD6								\
	"mov (%%rsi), " R0 "\n\t"					\
	"mov 8(%%rsi), " R1 "\n\t"					\
	"mov 16(%%rsi), " R2 "\n\t"					\
	"mov 24(%%rsi), " R3 "\n\t"					\
	"mov 32(%%rsi), " R4 "\n\t"					\
	"mov 40(%%rsi), " R5 "\n\t"

/* R0 .. R5 (op) the six limbs at base + off, and on with the carry */
#define OP6(first, op, base, o0, o1, o2, o3, o4, o5)			\
	first " " o0 "(" base "), " R0 "\n\t"				\
	op " " o1 "(" base "), " R1 "\n\t"				\
	op " " o2 "(" base "), " R2 "\n\t"				\
	op " " o3 "(" base "), " R3 "\n\t"				\
	op " " o4 "(" base "), " R4 "\n\t"				\
	op " " o5 "(" base "), " R5 "\n\t"

#define STORE6(o0, o1, o2, o3, o4, o5)					\
	"mov " R0 ", " o0 "(%%rdi)\n\t"					\
	"mov " R1 ", " o1 "(%%rdi)\n\t"					\
	"mov " R2 ", " o2 "(%%rdi)\n\t"					\
	"mov " R3 ", " o3 "(%%rdi)\n\t"					\
	"mov " R4 ", " o4 "(%%rdi)\n\t"					\
	"mov " R5 ", " o5 "(%%rdi)\n\t"

#define LOW6	"0", "8", "16", "24", "32", "40"
#define HIGH6	"48", "56", "64", "72", "80", "88"
#define OP6_(first, op, base, six)	OP6(first, op, base, six)
#define STORE6_(six)			STORE6(six)

/* If the carry is set, R0 .. R5 += p */
#define ADD_P_IF_CARRY							\
	"sbb %%rax, %%rax\n\t"						\
	"movq " P0 ", %%rcx\n\t"					\
	"movq " P1 ", %%rdx\n\t"					\
	"movq " P2 ", %%rsi\n\t"					\
	"movq " P3 ", %%r14\n\t"					\
	"movq " P4 ", %%rbx\n\t"					\
	"and %%rax, %%rcx\n\t"						\
	"and %%rax, %%rdx\n\t"						\
	"and %%rax, %%rsi\n\t"						\
	"and %%rax, %%r14\n\t"						\
	"and %%rax, %%rbx\n\t"						\
	"andq " P5 ", %%rax\n\t"					\
	"add %%rcx, " R0 "\n\t"						\
	"adc %%rdx, " R1 "\n\t"						\
	"adc %%rsi, " R2 "\n\t"						\
	"adc %%r14, " R3 "\n\t"						\
	"adc %%rbx, " R4 "\n\t"						\
	"adc %%rax, " R5 "\n\t"

static bls_noinline void fp_add(struct bls_fp *r, const struct bls_fp *a,
				const struct bls_fp *b)
{
	__asm__ volatile(
		LOAD6
		OP6_("addq", "adcq", "%%rdx", LOW6)
		REDUCE_ONCE(R0, R1, R2, R3, R4, R5,
			    "%%rax", "%%rcx", "%%rdx", "%%rsi", "%%rbx", R6)
		: "+S"(a), "+d"(b)
		: "D"(r), [p] "m"(fp_p)
		: "rax", "rcx", "rbx", "r8", "r9", "r10", "r11", "r12", "r13",
		  "r14", "cc", "memory");
}

static inline void fp_add_lazy(struct bls_fp *r, const struct bls_fp *a,
			       const struct bls_fp *b)
{
	__asm__ volatile(
		LOAD6
		OP6_("addq", "adcq", "%%rdx", LOW6)
		STORE6_(LOW6)
		:
		: "D"(r), "S"(a), "d"(b)
		: "r8", "r9", "r10", "r11", "r12", "r13", "cc", "memory");
}

static bls_noinline void fp_sub(struct bls_fp *r, const struct bls_fp *a,
				const struct bls_fp *b)
{
	__asm__ volatile(
		LOAD6
		OP6_("subq", "sbbq", "%%rdx", LOW6)
		ADD_P_IF_CARRY
		STORE6_(LOW6)
		: "+S"(a), "+d"(b)
		: "D"(r), [p] "m"(fp_p)
		: "rax", "rcx", "rbx", "r8", "r9", "r10", "r11", "r12", "r13",
		  "r14", "cc", "memory");
}

/* The low half of a difference of twelve limbs, then the high half loaded and
 * subtracted with the borrow.  MOV leaves flags alone.
 */
#define SUB12								\
	LOAD6								\
	OP6_("subq", "sbbq", "%%rdx", LOW6)				\
	STORE6_(LOW6)							\
	"mov 48(%%rsi), " R0 "\n\t"					\
	"mov 56(%%rsi), " R1 "\n\t"					\
	"mov 64(%%rsi), " R2 "\n\t"					\
	"mov 72(%%rsi), " R3 "\n\t"					\
	"mov 80(%%rsi), " R4 "\n\t"					\
	"mov 88(%%rsi), " R5 "\n\t"					\
	OP6_("sbbq", "sbbq", "%%rdx", HIGH6)

static inline void fpw_sub_exact(struct fpw *r, const struct fpw *a,
				 const struct fpw *b)
{
	__asm__ volatile(
		SUB12
		STORE6_(HIGH6)
		:
		: "D"(r), "S"(a), "d"(b)
		: "r8", "r9", "r10", "r11", "r12", "r13", "cc", "memory");
}

static bls_noinline void fpw_sub(struct fpw *r, const struct fpw *a,
				 const struct fpw *b)
{
	__asm__ volatile(
		SUB12
		ADD_P_IF_CARRY
		STORE6_(HIGH6)
		: "+S"(a), "+d"(b)
		: "D"(r), [p] "m"(fp_p)
		: "rax", "rcx", "rbx", "r8", "r9", "r10", "r11", "r12", "r13",
		  "r14", "cc", "memory");
}
