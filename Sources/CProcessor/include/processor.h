#ifndef RAVINE_PROCESSOR_H
#define RAVINE_PROCESSOR_H

/// The instruction set level of this processor and its operating system: 4 for x86-64-v4 (AVX-512), 3 for x86-64-v3
/// (AVX2 and fused multiply-add), 0 for anything else.
int ravine_processor_level(void);

/// Begins to fetch the cache line at `address`, which need not be readable; nothing waits for it.
static inline void ravine_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
