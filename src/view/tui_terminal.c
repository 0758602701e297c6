/* tui_terminal.c - see tui_terminal.h. Modes and sequences are those of xterm's "Control Sequences": 1049 the other
 * screen, 7 wrapping, 1000 and 1006 the mouse, 2004 brackets around what is pasted, OSC 52 the clipboard. */
#include "view/tui_terminal.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char enter[] = "\033[?1049h\033[?7l\033[?1000h\033[?1006h\033[?2004h\033[?25l";
static const char leave[] = "\033[0m\033[?2004l\033[?1006l\033[?1000l\033[?7h\033[?25h\033[?1049l";

/* ---- signals ---- */

/* What is ignored, as by nohup, stays so. */
static void held(sigset_t *set)
{
	static const int number[] = { SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT };
	struct sigaction now;
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++)
		if (!sigaction(number[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaddset(set, number[i]);
}

bool terminal_hold_signals(struct terminal *t)
{
	sigset_t set;
	held(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	t->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return t->signals >= 0;
}

void terminal_release_signals(struct terminal *t)
{
	sigset_t set;
	held(&set);
	if (t->signals >= 0)
		close(t->signals);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int terminal_signal(struct terminal *t)
{
	struct signalfd_siginfo info;
	return read(t->signals, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

/* ---- a crash ---- */

/* What the terminal had been cannot be asked for here, only what every shell can live with. All calls are safe in a
 * signal handler [POSIX 2.4.3]; behind it the signal does what it would have done. */
static void crashed(int number)
{
	struct termios mode;
	ssize_t written = write(STDOUT_FILENO, leave, sizeof(leave) - 1);
	(void)written;
	if (!tcgetattr(STDIN_FILENO, &mode)) {
		mode.c_iflag |= ICRNL | IXON;
		mode.c_oflag |= OPOST;
		mode.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
		tcsetattr(STDIN_FILENO, TCSANOW, &mode);
	}
	raise(number);
}

static void catch_crashes(bool ours)
{
	static const int number[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
	struct sigaction action = { .sa_handler = ours ? crashed : SIG_DFL };
	action.sa_flags = ours ? (int)SA_RESETHAND : 0;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++)
		sigaction(number[i], &action, NULL);
}

/* ---- the terminal ---- */

static bool set_raw(const struct terminal *t)
{
	struct termios mode = t->before;
	mode.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	mode.c_oflag &= ~(tcflag_t)OPOST;
	mode.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	return !tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

bool terminal_open(struct terminal *t)
{
	if (tcgetattr(STDIN_FILENO, &t->before) || !set_raw(t))
		return false;
	catch_crashes(true);
	out_write(t->out, enter, sizeof(enter) - 1);
	out_flush(t->out);
	return t->open = true;
}

void terminal_close(struct terminal *t)
{
	if (!t->open)
		return;
	out_write(t->out, leave, sizeof(leave) - 1);
	out_flush(t->out);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
	catch_crashes(false);
	t->open = false;
}

/* SIGSTOP and not SIGTSTP, which waits: all threads stand still until SIGCONT. A parent of another session is no shell
 * with jobs [POSIX 3.252, orphaned process group]. */
bool terminal_suspend(struct terminal *t)
{
	if (getsid(getppid()) != getsid(0))
		return false;
	terminal_close(t);
	kill(0, SIGSTOP);
	return terminal_open(t);
}

void terminal_size(int *width, int *height)
{
	struct winsize size = { 0 };
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	*width = size.ws_col;
	*height = size.ws_row;
}

/* RFC 4648, section 4. */
static void put_base64(struct out *o, const unsigned char *bytes, size_t size)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < size; i += 3) {
		unsigned bits = (unsigned)bytes[i] << 16 | (i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0u) |
				(i + 2 < size ? bytes[i + 2] : 0u);
		const char four[] = { digit[bits >> 18], digit[bits >> 12 & 63],
				      i + 1 < size ? digit[bits >> 6 & 63] : '=',
				      i + 2 < size ? digit[bits & 63] : '=' };
		out_write(o, four, 4);
	}
}

void terminal_copy(struct terminal *t, const char *text)
{
	out_text(t->out, "\033]52;c;");
	put_base64(t->out, (const unsigned char *)text, strlen(text));
	out_text(t->out, "\a");
	out_flush(t->out);
}
