/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Constants of BLS12-381: 64-bit words, least significant first.  FP()
 * holds an element of Fp in Montgomery form (v * 2^384 mod p), FR() one
 * of the scalar field (v * 2^256 mod r), WORDS() plain integers.
 * Written by constants.py constants.h: change that, not this.
 */
#define BLS_X_ABS 0xd201000000010000	/* -x, the curve parameter */
#define FP_N0 0x89f3fffcfffcfffd	/* -1/p mod 2^64 */
#define FR_N0 0xfffffffeffffffff	/* -1/r mod 2^64 */

/* p itself, not in Montgomery form */
static const struct bls_fp fp_p =
	FP(0xb9feffffffffaaab, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
	   0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a);

/* 1 */
static const struct bls_fp fp_one =
	FP(0x760900000002fffd, 0xebf4000bc40c0002, 0x5f48985753c758ba,
	   0x77ce585370525745, 0x5c071a97a256ec6d, 0x15f65ec3fa80e493);

/* 2^768 mod p: times an integer, gives its Montgomery form */
static const struct bls_fp fp_r2 =
	FP(0xf4df1f341c341746, 0x0a76e6a609d104f1, 0x8de5476c4c95b6d5,
	   0x67eb88a9939d83c0, 0x9a793e85b519952d, 0x11988fe592cae3aa);

/* 2^1152 mod p: the same for integers that count 2^384 */
static const struct bls_fp fp_r3 =
	FP(0xed48ac6bd94ca1e0, 0x315f831e03a7adf8, 0x9a53352a615e29dd,
	   0x34c04e5e921e1761, 0x2512d43565724728, 0x0aa6346091755d4d);

/* (p - 1)/2, an integer: above it, y is the larger of y and -y */
static const struct bls_fp fp_half =
	FP(0xdcff7fffffffd555, 0x0f55ffff58a9ffff, 0xb39869507b587b12,
	   0xb23ba5c279c2895f, 0x258dd3db21a5d66b, 0x0d0088f51cbff34d);

/* (p - 3)/4 and p - 2, exponents */
static const uint64_t fp_exp_sqrt[6] =
	WORDS(0xee7fbfffffffeaaa, 0x07aaffffac54ffff, 0xd9cc34a83dac3d89,
	      0xd91dd2e13ce144af, 0x92c6e9ed90d2eb35, 0x0680447a8e5ff9a6);
static const uint64_t fp_exp_inv[6] =
	WORDS(0xb9feffffffffaaa9, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
	      0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a);

/* b of E: y^2 = x^3 + 4 */
static const struct bls_fp fp_b =
	FP(0xaa270000000cfff3, 0x53cc0032fc34000a, 0x478fe97a6b0a807f,
	   0xb1d37ebee6ba24d7, 0x8ec9733bbf78ab2f, 0x09d645513d83de7e);

/* generator of G1 */
#define G1_GENERATOR {	\
	FP(0x5cb38790fd530c16, 0x7817fc679976fff5, 0x154f95c7143ba1c1,	\
	   0xf0ae6acdf3d0e747, 0xedce6ecc21dbf440, 0x120177419e0bfb75),	\
	FP(0xbaac93d50ce72271, 0x8c22631a7918fd8e, 0xdd595f13570725ce,	\
	   0x51ac582950405194, 0x0e1c8c3fad0059c0, 0x0bbc3efc5008a26a)	\
}

/* generator of G2 */
#define G2_GENERATOR {	\
	{ {	\
	FP(0xf5f28fa202940a10, 0xb3f5fb2687b4961a, 0xa1a893b53e2ae580,	\
	   0x9894999d1a3caee9, 0x6f67b7631863366b, 0x058191924350bcd7),	\
	FP(0xa5a9c0759e23f606, 0xaaa0c59dbccd60c3, 0x3bb17e18e2867806,	\
	   0x1b1ab6cc8541b367, 0xc2b6ed0ef2158547, 0x11922a097360edf3)	\
	} },	\
	{ {	\
	FP(0x4c730af860494c4a, 0x597cfa1f5e369c5a, 0xe7e6856caa0a635a,	\
	   0xbbefb5e96e0d495f, 0x07d3a975f0ef25a2, 0x0083fd8e7e80dae5),	\
	FP(0xadc0fc92df64b05d, 0x18aa270a2b1461dc, 0x86adac6a3be4eba0,	\
	   0x79495c4ec93da33a, 0xe7175850a43ccaed, 0x0b2bc2a163de1bf2)	\
	} }	\
}

/* cube root of 1 with (beta x, y) = [-x^2](x, y) on G1 */
static const struct bls_fp g1_beta =
	FP(0x30f1361b798a64e8, 0xf3b8ddab7ece5a2a, 0x16a8ca3ac61577f7,
	   0xc26a2ff874fd029b, 0x3636b76660701c6e, 0x051ba4ab241b6160);

/* psi(x, y) = (conj(x) this, ... */
static const struct bls_fp2 g2_psi_x = { {
	FP(0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	   0x0000000000000000, 0x0000000000000000, 0x0000000000000000),
	FP(0x890dc9e4867545c3, 0x2af322533285a5d5, 0x50880866309b7e2c,
	   0xa20d1b8c7e881024, 0x14e4f04fe2db9068, 0x14e56d3f1564853a)
	} };

/* ... conj(y) this) */
static const struct bls_fp2 g2_psi_y = { {
	FP(0x3e2f585da55c9ad1, 0x4294213d86c18183, 0x382844c88b623732,
	   0x92ad2afd19103e18, 0x1d794e4fac7cf0b9, 0x0bd592fc7d825ec8),
	FP(0x7bcfa7a25aa30fda, 0xdc17dec12a927e7c, 0x2f088dd86b4ebef1,
	   0xd1ca2087da74d4a7, 0x2da2596696cebc1d, 0x0e2b7eedbbfd87d2)
	} };

/* (1 + u)^(i (p - 1)/6), i = 1..5: w^(i p) = this w^i */
static const struct bls_fp2 fp12_frob[5] = {
	{ {
	FP(0x07089552b319d465, 0xc6695f92b50a8313, 0x97e83cccd117228f,
	   0xa35baecab2dc29ee, 0x1ce393ea5daace4d, 0x08f2220fb0fb66eb),
	FP(0xb2f66aad4ce5d646, 0x5842a06bfc497cec, 0xcf4895d42599d394,
	   0xc11b9cba40a8e8d0, 0x2e3813cbe5a0de89, 0x110eefda88847faf)
	} },
	{ {
	FP(0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	   0x0000000000000000, 0x0000000000000000, 0x0000000000000000),
	FP(0xcd03c9e48671f071, 0x5dab22461fcda5d2, 0x587042afd3851b95,
	   0x8eb60ebe01bacb9e, 0x03f97d6e83d050d2, 0x18f0206554638741)
	} },
	{ {
	FP(0x7bcfa7a25aa30fda, 0xdc17dec12a927e7c, 0x2f088dd86b4ebef1,
	   0xd1ca2087da74d4a7, 0x2da2596696cebc1d, 0x0e2b7eedbbfd87d2),
	FP(0x7bcfa7a25aa30fda, 0xdc17dec12a927e7c, 0x2f088dd86b4ebef1,
	   0xd1ca2087da74d4a7, 0x2da2596696cebc1d, 0x0e2b7eedbbfd87d2)
	} },
	{ {
	FP(0x890dc9e4867545c3, 0x2af322533285a5d5, 0x50880866309b7e2c,
	   0xa20d1b8c7e881024, 0x14e4f04fe2db9068, 0x14e56d3f1564853a),
	FP(0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	   0x0000000000000000, 0x0000000000000000, 0x0000000000000000)
	} },
	{ {
	FP(0x82d83cf50dbce43f, 0xa2813e53df9d018f, 0xc6f0caa53c65e181,
	   0x7525cf528d50fe95, 0x4a85ed50f4798a6b, 0x171da0fd6cf8eebd),
	FP(0x3726c30af242c66c, 0x7c2ac1aad1b6fe70, 0xa04007fbba4b14a2,
	   0xef517c3266341429, 0x0095ba654ed2226b, 0x02e370eccc86f7dd)
	} }
};

/* (1 + u)^(i (p^2 - 1)/6), i = 1..5, all in Fp */
static const struct bls_fp fp12_frob2[5] = {
	FP(0xecfb361b798dba3a, 0xc100ddb891865a2c, 0x0ec08ff1232bda8e,
	   0xd5c13cc6f1ca4721, 0x47222a47bf7b5c04, 0x0110f184e51c5f59),
	FP(0x30f1361b798a64e8, 0xf3b8ddab7ece5a2a, 0x16a8ca3ac61577f7,
	   0xc26a2ff874fd029b, 0x3636b76660701c6e, 0x051ba4ab241b6160),
	FP(0x43f5fffffffcaaae, 0x32b7fff2ed47fffd, 0x07e83a49a2e99d69,
	   0xeca8f3318332bb7a, 0xef148d1ea0f4c069, 0x040ab3263eff0206),
	FP(0xcd03c9e48671f071, 0x5dab22461fcda5d2, 0x587042afd3851b95,
	   0x8eb60ebe01bacb9e, 0x03f97d6e83d050d2, 0x18f0206554638741),
	FP(0x890dc9e4867545c3, 0x2af322533285a5d5, 0x50880866309b7e2c,
	   0xa20d1b8c7e881024, 0x14e4f04fe2db9068, 0x14e56d3f1564853a)
};

/* E': y^2 = x^3 + a x + b */
static const struct bls_fp sswu_a =
	FP(0x2f65aa0e9af5aa51, 0x86464c2d1e8416c3, 0xb85ce591b7bd31e2,
	   0x27e11c91b5f24e7c, 0x28376eda6bfc1835, 0x155455c3e5071d85);

/* b of E' */
static const struct bls_fp sswu_b =
	FP(0xfb996971fe22a1e0, 0x9aa93eb35b742d6f, 0x8c476013de99c5c4,
	   0x873e27c3a221e571, 0xca72b5e45a52d888, 0x06824061418a386b);

/* Z of the map */
static const struct bls_fp sswu_z =
	FP(0x886c00000023ffdc, 0x0f70008d3090001d, 0x77672417ed5828c3,
	   0x9dac23e943dc1740, 0x50553f1b9c131521, 0x078c712fbe0ab6e8);

/* sqrt(-Z) */
static const struct bls_fp sswu_c2 =
	FP(0xf37b0ced8fb71e24, 0xf02dc8a4535a8779, 0x732ed835f7eb14ea,
	   0x524ca41ecb2bce0d, 0x095e3801e90b5fc1, 0x0252ad055472a90e);

/* kernel polynomial of the 11-isogeny; its leading term is 1 */
static const struct bls_fp iso_h[5] = {
	FP(0x8f721715d71bd7d3, 0x47c914773bdf8b42, 0x1f58783bbbd66c2b,
	   0x25e434ee66dee231, 0xef1b155ef88a70f0, 0x15128d0d68b71174),
	FP(0x0eec4e6d317c763f, 0x3deec9daee338ba4, 0xdec559ed0590081c,
	   0x07fb84a9cf1eca80, 0xb013c97f5bce2f98, 0x1740b4b0db285dc9),
	FP(0x202ba7dd4a879e5a, 0xc6e3cf50b0466017, 0x8c4b1a82b5ed77fa,
	   0xbd97d93bc25d0748, 0xd374e3b9fd1707b5, 0x040509bde3d14bc5),
	FP(0xf1a4e31f664b4cb7, 0x4d3b5b5d166f2bdf, 0xaabc641cd0aedf76,
	   0xf7e617443d67d5d8, 0x339c6aecf66752a2, 0x0570e37947528fed),
	FP(0x29ba8a64bdd634d9, 0xc05231b8b572c960, 0x615eb44e85731af3,
	   0x975128f88f062df7, 0x30999b89015a99f4, 0x1653f761153a63c1)
};

/* numerator of x over h^2 */
static const struct bls_fp iso_xn[12] = {
	FP(0x4d18b6f3af00131c, 0x19fa219793fee28c, 0x3f2885f1467f19ae,
	   0x23dcea34f2ffb304, 0xd15b58d2ffc00054, 0x0913be200a20bef4),
	FP(0x898985385cdbbd8b, 0x3c79e43cc7d966aa, 0x1597e193f4cd233a,
	   0x8637ef1e4d6623ad, 0x11b22deed20d827b, 0x07097bc5998784ad),
	FP(0xa542583a480b664b, 0xfc7169c026e568c6, 0x5ba2ef314ed8b5a6,
	   0x5b5491c05102f0e7, 0xdf6e99707d2a0079, 0x0784151ed7605524),
	FP(0x494e212870f72741, 0xab9be52fbda43021, 0x26f5577994e34c3d,
	   0x049dfee82aefbd60, 0x65dadd7828505289, 0x0e93d431ea011aeb),
	FP(0x90ee774bd6a74d45, 0x7ada1c8a41bfb185, 0x0f1a8953b325f464,
	   0x104c24211be4805c, 0x169139d319ea7a8f, 0x09f20ead8e532bf6),
	FP(0x6ddd93e2f43626b7, 0xa5482c9aa1ccd7bd, 0x143245631883f4bd,
	   0x2e0a94ccf77ec0db, 0xb0282d480e56489f, 0x18f4bfcbb4368929),
	FP(0x23c5f0c953402dfd, 0x7a43ff6958ce4fe9, 0x2c390d3d2da5df63,
	   0xd0df5c98e1f9d70f, 0xffd89869a572b297, 0x1277ffc72f25e8fe),
	FP(0x79f4f0490f06a8a6, 0x85f894a88030fd81, 0x12da3054b18b6410,
	   0xe2a57f6505880d65, 0xbba074f260e400f1, 0x08b76279f621d028),
	FP(0xe67245ba78d5b00b, 0x8456ba9a1f186475, 0x7888bff6e6b33bb4,
	   0xe21585b9a30f86cb, 0x05a69cdcef55feee, 0x09e699dd9adfa5ac),
	FP(0x0de5c357bff57107, 0x0a0db4ae6b1a10b2, 0xe256bb67b3b3cd8d,
	   0x8ad456574e9db24f, 0x0443915f50fd4179, 0x098c4bf7de8b6375),
	FP(0xe6b0617e7dd929c7, 0xfe6e37d442537375, 0x1dafdeda137a489e,
	   0xe4efd1ad3f767ceb, 0x4a51d8667f0fe1cf, 0x054fdf4bbf1d821c),
	FP(0x72db2a50658d767b, 0x8abf91faa257b3d5, 0xe969d6833764ab47,
	   0x464170142a1009eb, 0xb14f01aadb30be2f, 0x18ae6a856f40715d)
};

/* numerator of y over h^3 */
static const struct bls_fp iso_yn[16] = {
	FP(0x2b567ff3e2837267, 0x1d4d9e57b958a767, 0xce028fea04bd7373,
	   0xcc31a30a0b6cd3df, 0x7d7b18a682692693, 0x0d300744d42a0310),
	FP(0x99c2555fa542493f, 0xfe7f53cc4874f878, 0x5df0608b8f97608a,
	   0x14e03832052b49c8, 0x706326a6957dd5a4, 0x0a8dadd9c2414555),
	FP(0x13d942922a5cf63a, 0x357e33e36e261e7d, 0xcf05a27c8456088d,
	   0x0000bd1de7ba50f0, 0x83d0c7532f8c1fde, 0x13f70bf38bbf2905),
	FP(0x5c57fd95bfafbdbb, 0x28a359a65e541707, 0x3983ceb4f6360b6d,
	   0xafe19ff6f97e6d53, 0xb3468f4550192bf7, 0x0bb6cde49d8ba257),
	FP(0x590b62c7ff8a513f, 0x314b4ce372cacefd, 0x6bef32ce94b8a800,
	   0x6ddf84a095713d5f, 0x64eace4cb0982191, 0x0386213c651b888d),
	FP(0xa5310a31111bbcdd, 0xa14ac0f5da148982, 0xf9ad9cc95423d2e9,
	   0xaa6ec095283ee4a7, 0xcf5b1f022e1c9107, 0x01fddf5aed881793),
	FP(0x65a572b0d7a7d950, 0xe25c2d8183473a19, 0xc2fcebe7cb877dbd,
	   0x05b2d36c769a89b0, 0xba12961be86e9efb, 0x07eb1b29c1dfde1f),
	FP(0x93e09572f7c4cd24, 0x364e929076795091, 0x8569467e68af51b5,
	   0xa47da89439f5340f, 0xf4fa918082e44d64, 0x0ad52ba3e6695a79),
	FP(0x911429844e0d5f54, 0xd03f51a3516bb233, 0x3d587e5640536e66,
	   0xfa86d2a3a9a73482, 0xa90ed5adf1ed5537, 0x149c9c326a5e7393),
	FP(0x462bbeb03c12921a, 0xdc9af5fa0a274a17, 0x9a558ebde836ebed,
	   0x649ef8f11a4fae46, 0x8100e1652b3cdc62, 0x1862bd62c291dacb),
	FP(0x05c9b8ca89f12c26, 0x0194160fa9b9ac4f, 0x6a643d5a6879fa2c,
	   0x14665bdd8846e19d, 0xbb1d0d53af3ff6bf, 0x12c7e1c3b28962e5),
	FP(0xb55ebf900b8a3e17, 0xfedc77ec1a9201c4, 0x1f07db10ea1a4df4,
	   0x0dfbd15dc41a594d, 0x389547f2334a5391, 0x02419f98165871a4),
	FP(0xb416af000745fc20, 0x8e563e9d1ea6d0f5, 0x7c763e17763a0652,
	   0x01458ef0159ebbef, 0x8346fe421f96bb13, 0x0d2d7b829ce324d2),
	FP(0x93096bb538d64615, 0x6f2a2619951d823a, 0x8f66b3ea59514fa4,
	   0xf563e63704f7092f, 0x724b136c4cf2d9fa, 0x046959cfcfd0bf49),
	FP(0xea748d4b6e405346, 0x91e9079c2c02d58f, 0x41064965946d9b59,
	   0xa06731f1d2bbe1ee, 0x07f897e267a33f1b, 0x1017290919210e5f),
	FP(0x872aa6c17d985097, 0xeecc53161264562a, 0x07afe37afff55002,
	   0x54759078e5be6838, 0xc4b92d15db8acca8, 0x106d87d1b51d13b9)
};

/* hash_to_curve("second generator"), tag
 * "ASHLAR-BLS12381G1_XMD:SHA-256_SSWU_RO_PEDERSEN_"
 */
#define G1_PEDERSEN {	\
	FP(0x9ec9023e7d58712f, 0x5fe0fec7c7e0864d, 0xcc5e1765329b7e73,	\
	   0xf7a02db3ff9ec5d1, 0x237c9c8b9ddd1104, 0x0a2cc251f49796fa),	\
	FP(0x5fdd227af137141f, 0x5495815e355327fd, 0xcb2c8afae76b3032,	\
	   0x1333acd9e0e88468, 0xfa9836aa56789657, 0x14403143aab9b574)	\
}

/* r itself */
static const struct bls_fr fr_r =
	FR(0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805,
	   0x73eda753299d7d48);

/* 1 */
static const struct bls_fr fr_one =
	FR(0x00000001fffffffe, 0x5884b7fa00034802, 0x998c4fefecbc4ff5,
	   0x1824b159acc5056f);

/* 2^512 mod r */
static const struct bls_fr fr_r2 =
	FR(0xc999e990f3f29c6d, 0x2b6cedcb87925c23, 0x05d314967254398f,
	   0x0748d9d99f59ff11);

/* 2^768 mod r */
static const struct bls_fr fr_r3 =
	FR(0xc62c1807439b73af, 0x1b3e0d188cf06990, 0x73d13c71c7b5f418,
	   0x6e2a5bb9c8db33e9);

/* r - 2, an exponent */
static const uint64_t fr_exp_inv[4] =
	WORDS(0xfffffffeffffffff, 0x53bda402fffe5bfe, 0x3339d80809a1d805,
	      0x73eda753299d7d48);
