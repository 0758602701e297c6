/* A kernel's own 4-level page tables. */
#ifndef GUESTS_PAGING_H
#define GUESTS_PAGING_H

#include "lib/x86.h"

#define PAGE_SIZE 4096
#define VIRT_TO_PHYS(p) ((u64)(p) - KERNEL_BASE)

/*
 * Maps pages at va to physical pa, which both count up; the range must not
 * cross a 2-MiB boundary. Tables are permissive, only the last level has the
 * given rights (PTE_W, PTE_U, PTE_NX).
 */
void map_pages(u64 va, u64 pa, u64 count, u64 rights);

/* The page-directory entry for va. */
u64 *page_directory_entry(u64 va);

/* Maps the kernel image: code RX, constants R, data RW, all for ring 0. */
void map_kernel(void);

/* Loads CR3 with the tables. */
void use_page_tables(void);

#endif
