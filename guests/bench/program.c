/*
 * An integer program of the everyday kind: a linked list that is searched,
 * reversed and sorted, products of matrices, a state machine that reads
 * numbers out of text, and a CRC of everything that comes out. Nothing in it
 * depends on the machine, so that its checksum is the same wherever it runs.
 */
#include "bench/bench.h"

/* ---- numbers that look random ---- */

struct source {
    u32 state;
};

static u32 draw(struct source *s)
{
    s->state ^= s->state << 13;
    s->state ^= s->state >> 17;
    s->state ^= s->state << 5;
    return s->state;
}

/* ---- CRC ---- */

#define CRC32_POLYNOMIAL 0xedb88320u
#define CRC16_POLYNOMIAL 0xa001u

static u32 crc_table[256];

static void make_crc_table(void)
{
    for (u32 i = 0; i < 256; i++) {
        u32 crc = i;

        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? CRC32_POLYNOMIAL : 0);
        crc_table[i] = crc;
    }
}

static u32 crc_byte(u32 crc, u8 byte)
{
    return crc >> 8 ^ crc_table[(crc ^ byte) & 255];
}

static u32 crc_word(u32 crc, u32 word)
{
    for (int shift = 0; shift < 32; shift += 8)
        crc = crc_byte(crc, word >> shift);
    return crc;
}

/* The same idea bit by bit: all shifts and branches. */
static u16 crc16(u16 crc, u32 word)
{
    for (int bit = 0; bit < 32; bit++, word >>= 1) {
        u32 odd = (crc ^ word) & 1;

        crc >>= 1;
        if (odd)
            crc ^= CRC16_POLYNOMIAL;
    }
    return crc;
}

/* ---- lists ---- */

#define NODES 256

struct node {
    struct node *next;
    u32 key;
    u16 value, index;
};

static struct node pool[NODES];

typedef int comparison(const struct node *a, const struct node *b);

static struct node *make_list(struct source *s)
{
    struct node *head = 0;

    for (u32 i = 0; i < NODES; i++) {
        struct node *n = &pool[i];

        *n = (struct node){head, draw(s) >> 8, draw(s) >> 16, i};
        head = n;
    }
    return head;
}

static struct node *reverse(struct node *list)
{
    struct node *done = 0;

    while (list) {
        struct node *next = list->next;

        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static const struct node *find_value(const struct node *list, u16 value)
{
    while (list && list->value != value)
        list = list->next;
    return list;
}

static int by_key(const struct node *a, const struct node *b)
{
    return a->key < b->key ? -1 : a->key > b->key;
}

/* Nodes whose values have many bits come last. */
static int by_value(const struct node *a, const struct node *b)
{
    int a_bits = 0, b_bits = 0;

    for (u32 v = a->value; v; v &= v - 1)
        a_bits++;
    for (u32 v = b->value; v; v &= v - 1)
        b_bits++;
    return a_bits != b_bits ? a_bits - b_bits : by_key(a, b);
}

/* Cuts the list behind its first `length` nodes; gives the rest. */
static struct node *cut(struct node *list, u32 length)
{
    struct node *rest;

    while (list && --length)
        list = list->next;
    if (!list)
        return 0;
    rest = list->next;
    list->next = 0;
    return rest;
}

/* Appends the merged lists at *end; gives where the next one goes. */
static struct node **merge(struct node **end, struct node *a, struct node *b,
                           comparison *compare)
{
    while (a && b) {
        struct node **least = compare(a, b) <= 0 ? &a : &b;

        *end = *least;
        end = &(*least)->next;
        *least = *end;
    }
    *end = a ? a : b;
    while (*end)
        end = &(*end)->next;
    return end;
}

/* Merges runs of 1, 2, 4, ... nodes. */
static struct node *sort(struct node *list, comparison *compare)
{
    for (u32 run = 1; run < NODES; run *= 2) {
        struct node *rest = list, **end = &list;

        while (rest) {
            struct node *a = rest;
            struct node *b = cut(a, run);

            rest = cut(b, run);
            end = merge(end, a, b, compare);
        }
    }
    return list;
}

/* Takes every node out whose key is a multiple of the divisor. */
static u32 remove_multiples(struct node **list, u32 divisor)
{
    u32 removed = 0;

    while (*list) {
        if ((*list)->key % divisor == 0) {
            *list = (*list)->next;
            removed++;
        } else {
            list = &(*list)->next;
        }
    }
    return removed;
}

static u32 crc_list(u32 crc, const struct node *list)
{
    for (; list; list = list->next)
        crc = crc_word(crc, list->key ^ list->index);
    return crc;
}

static u32 work_on_list(struct source *s, u32 crc)
{
    struct node *list = make_list(s);

    list = sort(list, by_key);
    crc = crc_list(crc, list);
    list = reverse(sort(list, by_value));
    crc = crc_list(crc, list);
    for (u32 i = 0; i < 32; i++) {
        const struct node *found = find_value(list, pool[draw(s) % NODES].value);

        crc = crc_word(crc, found ? found->index : NODES);
    }
    crc = crc_word(crc, remove_multiples(&list, 3));
    return crc_list(crc, list);
}

/* ---- matrices ---- */

#define SIZE 20

typedef int matrix[SIZE][SIZE];

static matrix left, right, product;

static void fill_matrix(struct source *s, matrix m)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            m[i][j] = (int)(draw(s) & 0x3ff) - 0x200;
}

static void multiply(matrix to, matrix a, matrix b)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            int sum = 0;

            for (int k = 0; k < SIZE; k++)
                sum += a[i][k] * b[k][j];
            to[i][j] = sum;
        }
}

static void transpose(matrix m)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < i; j++) {
            int kept = m[i][j];

            m[i][j] = m[j][i];
            m[j][i] = kept;
        }
}

/* Keeps the numbers small and mixes their bits. */
static void fold(matrix m)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            m[i][j] = (m[i][j] >> 4 ^ m[i][j]) & 0x7ff;
}

static u32 crc_matrix(u32 crc, matrix m)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            crc = crc_word(crc, m[i][j]);
    return crc;
}

static u32 work_on_matrices(struct source *s, u32 crc)
{
    fill_matrix(s, left);
    fill_matrix(s, right);
    multiply(product, left, right);
    crc = crc_matrix(crc, product);
    fold(product);
    transpose(product);
    multiply(right, product, left);
    return crc_matrix(crc, right);
}

/* ---- a state machine ---- */

enum state {
    START, SIGN, INTEGER, POINT, FRACTION, LETTER_E, EXPONENT_SIGN, EXPONENT,
    HEX, BAD, STATES
};

#define TEXT 1024

static char text[TEXT + 1];

/* Words such as -12.5e+3, 0x1f and misspelt ones, with commas between. */
static void write_text(struct source *s)
{
    static const char letters[16] = "0123456789+-.ex,";
    u32 left_in_word = 0;

    for (u32 i = 0; i < TEXT; i++) {
        u32 r = draw(s);

        if (!left_in_word) {
            text[i] = ',';
            left_in_word = 1 + (r >> 28);
        } else {
            text[i] = letters[r >> 12 & (r & 0x100 ? 15 : 7)];
            left_in_word--;
        }
    }
    text[TEXT] = 0;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum state after(enum state state, char c)
{
    switch (state) {
    case START:
        if (c == '+' || c == '-')
            return SIGN;
        return is_digit(c) ? INTEGER : c == '.' ? POINT : BAD;
    case SIGN:
        return is_digit(c) ? INTEGER : c == '.' ? POINT : BAD;
    case INTEGER:
        if (c == '.')
            return FRACTION;
        if (c == 'x')
            return HEX;
        return is_digit(c) ? INTEGER : c == 'e' ? LETTER_E : BAD;
    case POINT:
        return is_digit(c) ? FRACTION : BAD;
    case FRACTION:
        return is_digit(c) ? FRACTION : c == 'e' ? LETTER_E : BAD;
    case LETTER_E:
        if (c == '+' || c == '-')
            return EXPONENT_SIGN;
        return is_digit(c) ? EXPONENT : BAD;
    case EXPONENT_SIGN:
    case EXPONENT:
        return is_digit(c) ? EXPONENT : BAD;
    case HEX:
        return is_digit(c) || c == 'e' ? HEX : BAD;
    default:
        return BAD;
    }
}

/* Counts in which state each word ends and how often each is entered. */
static void read_text(u32 ends[STATES], u32 entered[STATES])
{
    enum state state = START;

    for (const char *p = text; *p; p++) {
        if (*p == ',') {
            ends[state]++;
            state = START;
        } else {
            enum state next = after(state, *p);

            if (next != state)
                entered[next]++;
            state = next;
        }
    }
}

static u32 work_on_text(struct source *s, u32 crc)
{
    u32 ends[STATES] = {0}, entered[STATES] = {0};

    write_text(s);
    read_text(ends, entered);
    for (int i = 0; i < STATES; i++)
        crc = crc_word(crc_word(crc, ends[i]), entered[i]);
    for (const char *p = text; *p; p++)
        crc = crc_byte(crc, *p);
    return crc;
}

/* ---- all of it ---- */

u64 run_program(u64 count)
{
    struct source s = {0x2545f491};
    u32 crc = 0xffffffff;
    u16 small = 0;

    make_crc_table();
    for (; count; count--) {
        crc = work_on_list(&s, crc);
        crc = work_on_matrices(&s, crc);
        crc = work_on_text(&s, crc);
        small = crc16(small, crc);
    }
    return (u64)small << 32 | crc;
}
