/*
 * The stack of a new program: strings, auxiliary vector, environment,
 * arguments [System V ABI, AMD64 supplement, section 3.4.1].
 *
 * The command line is
 *     [[-v] [NAME=VALUE]... [=PROGRAM] --] [ARGUMENT]...
 * in words between blanks; within '...' a blank is none, and a backslash
 * outside of it takes the next character as it is. PROGRAM is argv[0]; with -v
 * system calls that are not served are told.
 */
#include "elf64user/kernel.h"

#define RANDOM_BYTES 16
#define PATH_ROOM    512

static char path[PATH_ROOM];

const char *program_path(void)
{
    return path;
}

/* Words of the command line, unquoted, each with a NUL behind it. */
struct words {
    const char *next;
    char *to;
    u64 before; /* how many stand before a word "--" */
    u64 count;
};

static void take_quoted(struct words *w)
{
    while (*w->next && *w->next != '\'')
        *w->to++ = *w->next++;
    if (*w->next)
        w->next++;
}

static int take_word(struct words *w)
{
    while (*w->next == ' ')
        w->next++;
    if (!*w->next)
        return 0;
    while (*w->next && *w->next != ' ') {
        char c = *w->next++;

        if (c == '\'') {
            take_quoted(w);
            continue;
        }
        if (c == '\\' && *w->next)
            c = *w->next++;
        *w->to++ = c;
    }
    *w->to++ = 0;
    return 1;
}

static int is_assignment(const char *word)
{
    while (*word && *word != '=')
        word++;
    return *word;
}

static int is_verbose(const char *word)
{
    return word[0] == '-' && word[1] == 'v' && !word[2];
}

static int is_separator(const char *word)
{
    return word[0] == '-' && word[1] == '-' && !word[2];
}

/* Only -v and assignments may stand before "--": else it is an argument. */
static void take_words(struct words *w)
{
    int may_separate = 1;

    for (char *word = w->to; take_word(w); word = w->to) {
        if (may_separate && is_separator(word)) {
            w->before = w->count;
            w->to = word;
            may_separate = 0;
            continue;
        }
        may_separate &= is_assignment(word) || is_verbose(word);
        w->count++;
    }
}

/* A stack that is filled from the strings at its top downwards. */
struct stack {
    u64 *to;
    char *strings; /* the words; then what else is pointed to */
    struct words words;
    const char *name;
};

static void push_vector(struct stack *s, u64 type, u64 value)
{
    *s->to++ = type;
    *s->to++ = value;
}

static u64 random_bytes(char *to)
{
    call_getrandom((u64[6]){ (u64)to, RANDOM_BYTES, 0 });
    return (u64)to;
}

static void push_vectors(struct stack *s, const struct program *p)
{
    char *platform = s->words.to;
    char *file = put_text(platform, "x86_64") + 1;

    platform[6] = 0;
    memcpy(file, path, text_length(path) + 1);
    push_vector(s, AT_HWCAP, feature_bits());
    push_vector(s, AT_PAGESZ, PAGE_SIZE);
    push_vector(s, AT_CLKTCK, 100);
    push_vector(s, AT_PHDR, p->headers);
    push_vector(s, AT_PHENT, 56);
    push_vector(s, AT_PHNUM, p->header_count);
    push_vector(s, AT_BASE, 0);
    push_vector(s, AT_FLAGS, 0);
    push_vector(s, AT_ENTRY, p->entry);
    push_vector(s, AT_UID, 0);
    push_vector(s, AT_EUID, 0);
    push_vector(s, AT_GID, 0);
    push_vector(s, AT_EGID, 0);
    push_vector(s, AT_SECURE, 0);
    push_vector(s, AT_HWCAP2, has_fsgsbase() ? HWCAP2_FSGSBASE : 0);
    push_vector(s, AT_MINSIGSTKSZ, fpu_bytes() + 1024);
    push_vector(s, AT_PLATFORM, (u64)platform);
    push_vector(s, AT_EXECFN, (u64)file);
    push_vector(s, AT_RANDOM, random_bytes(file + text_length(file) + 1));
    push_vector(s, AT_NULL, 0);
}

/* Pointers to so many of the words that begin at one; where the next begins. */
static const char *push_words(struct stack *s, const char *word, u64 count)
{
    for (; count; count--) {
        *s->to++ = (u64)word;
        word += text_length(word) + 1;
    }
    return word;
}

/* argc, argv, a null pointer, the environment, a null pointer. */
static void push_pointers(struct stack *s)
{
    const char *word = s->strings;
    const char *arguments = word;
    u64 before = s->words.before;

    for (u64 i = 0; i < before; i++) {
        if (arguments[0] == '=')
            s->name = arguments + 1;
        if (is_verbose(arguments))
            tell_unserved();
        arguments += text_length(arguments) + 1;
    }
    *s->to++ = s->words.count - before + 1;
    *s->to++ = (u64)s->name;
    push_words(s, arguments, s->words.count - before);
    *s->to++ = 0;
    for (u64 i = 0; i < before; i++, word += text_length(word) + 1)
        if (word[0] != '=' && !is_verbose(word))
            *s->to++ = (u64)word;
    *s->to++ = 0;
}

/* An absolute path, since there is one folder only. */
static void make_path(const char *name)
{
    char *p = path;

    while (text_begins(name, "./"))
        name += 2;
    if (*name != '/')
        *p++ = '/';
    for (; *name && p < path + PATH_ROOM - 1; name++)
        *p++ = *name;
    *p = 0;
}

u64 program_stack(const struct program *p)
{
    u64 length = text_length(p->command_line) + 2;
    u64 name = text_length(p->name) + 1;
    u64 room = length + name + PATH_ROOM + 64;
    struct stack s;
    u64 *start;

    area_add(USER_STACK, USER_END, PROT_READ | PROT_WRITE);
    if (room + length * 8 > STACK_BYTES / 4)
        refuse("the arguments are too long");
    s.strings = (char *)((USER_END - room) & ~15ul);
    s.words = (struct words){ p->command_line, s.strings, 0, 0 };
    take_words(&s.words);
    s.name = memcpy(s.words.to, p->name, name);
    s.words.to += name;
    /* argc, name, two null pointers, the words, 20 pairs: even in all. */
    start = (u64 *)s.strings - ((s.words.count + 4 + 40 + 1) & ~1ul);
    s.to = start;
    push_pointers(&s);
    make_path(s.name);
    push_vectors(&s, p);
    return (u64)start;
}
