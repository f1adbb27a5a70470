/* Lets a process believe that its x86 CPU can do less, for benchmarks/int8.py (Linux only).
 *
 *     cc -O2 -shared -fPIC -o older_cpu.so older_cpu.c
 *     LD_PRELOAD=./older_cpu.so OLDER_CPU=avx2 python ...
 *
 * OLDER_CPU is avx2 (no AVX-512, no VNNI), vnni (AVX512-VNNI, no bfloat16, no AMX) or bf16
 * (AVX512-BF16, no AMX). The kernel is asked to let the instruction CPUID fail (arch_prctl(2),
 * ARCH_SET_CPUID); its answer is then worked out here. So libraries that look for themselves and
 * listen to no variable, as MLAS and FBGEMM, are held as well.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012
#define BIT(n) (1u << (n))

enum { AVX2 = 1, VNNI, BF16 };
static int level;

static long let_cpuid_work(int works) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, works); }

static void answer(int number, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *at = (const unsigned char *)r[REG_RIP];
    (void)number, (void)info;
    if (at[0] != 0x0f || at[1] != 0xa2) { /* a true fault: let it happen again */
        signal(SIGSEGV, SIG_DFL);
        return;
    }
    unsigned leaf = r[REG_RAX], part = r[REG_RCX], a, b, c, d;
    let_cpuid_work(1);
    __cpuid_count(leaf, part, a, b, c, d);
    let_cpuid_work(0);
    if (leaf == 7 && part == 0) {
        d &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25)); /* AMX, FP16 */
        if (level == AVX2) {
            b &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
            c &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
        }
    }
    if (leaf == 7 && part == 1) {
        a &= ~(BIT(4) | BIT(21) | BIT(23)); /* AVX-VNNI, AMX-FP16, AVX-IFMA */
        if (level < BF16)
            a &= ~BIT(5); /* AVX512-BF16 */
        d = 0;
    }
    r[REG_RAX] = a, r[REG_RBX] = b, r[REG_RCX] = c, r[REG_RDX] = d;
    r[REG_RIP] += 2;
}

__attribute__((constructor)) static void start(void)
{
    const char *name = getenv("OLDER_CPU");
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (!name || !*name)
        return;
    level = !strcmp(name, "avx2") ? AVX2 : !strcmp(name, "vnni") ? VNNI : BF16;
    sigaction(SIGSEGV, &action, NULL);
    if (let_cpuid_work(0)) {
        fputs("this CPU cannot be made to look older\n", stderr);
        _exit(3);
    }
}
