/* test_view_line.c - the line of the prompt while it is typed: editing, history, completion. */
#include "view_noted.h"

static void test_editing(void **state)
{
	struct control *c = begin();
	(void)state;
	to_prompt("bp k\xC3\xA9rnel 12");
	key("Ctrl-W");
	assert_string_equal(c->state.input, "bp k\xC3\xA9rnel ");
	key("Ctrl-A");
	key("Delete");
	control_text(c, "B");
	key("Ctrl-E");
	key("Backspace");
	for (int i = 0; i < 5; i++)
		key("Left");
	assert_int_equal(c->state.cursor, 4); /* before the character of two bytes */
	key("Right");
	assert_int_equal(c->state.cursor, 6);
	key("Backspace");
	assert_string_equal(c->state.input, "Bp krnel");
	key("Ctrl-K");
	assert_string_equal(c->state.input, "Bp k");
	key("Left");
	key("Ctrl-U");
	assert_string_equal(c->state.input, "k");
	assert_int_equal(c->state.cursor, 0);
	key("Backspace");
	key("Home");
	key("Left");
	key("End");
	key("Right");
	key("Delete");
	assert_string_equal(c->state.input, "k");
	key("Esc");
	assert_string_equal(c->state.input, "");
	key("Esc");
	assert_int_equal(c->state.focus, PANE_CODE);
	assert_said("");
}

static void test_line_is_bounded(void **state)
{
	struct control *c = begin();
	(void)state;
	for (int i = 0; i < 400; i++)
		to_prompt("\xE2\x82\xAC");
	assert_int_equal(strlen(c->state.input), 255); /* 85 whole characters */
	to_prompt("\t\n\x1B");
	assert_int_equal(strlen(c->state.input), 255);
	c->state.input[0] = 0;
	c->state.cursor = 0;
	to_prompt("a\tb\x1B\x7F");
	assert_string_equal(c->state.input, "ab");
}

/* Of several lines one is made, which nothing executes; comments go, and what does not fit whole. */
static void test_pasting(void **state)
{
	struct control *c = begin();
	char text[300];
	(void)state;
	control_paste(c, "t 3\r\n\n# a remark\n  bp\tk\xC3\xA9rnel \n* another\nq\n");
	assert_int_equal(c->state.focus, PANE_PROMPT);
	assert_string_equal(c->state.input, "t 3; bp k\xC3\xA9rnel; q");
	key("Home");
	control_paste(c, "r\t");
	assert_string_equal(c->state.input, "r t 3; bp k\xC3\xA9rnel; q");
	control_paste(c, "\n");
	assert_string_equal(c->state.input, "r t 3; bp k\xC3\xA9rnel; q");
	key("Ctrl-E");
	key("Ctrl-U");
	snprintf(text, sizeof(text), "t\n%0*d\np\n", 253, 7);
	control_paste(c, text);
	assert_string_equal(c->state.input, "t");
	assert_false(c->quit);
	assert_said("");
	key("Enter");
	assert_said("t|");
	for (int i = 0; i < 300; i++)
		text[i] = i < 4 ? "r ;#"[i] : '-';
	memcpy(text + 290, "\nt 7 ", 6);
	control_paste(c, text); /* a remark of any length, and a line too long without one */
	assert_string_equal(c->state.input, "r; t 7");
	text[3] = '.';
	key("Ctrl-U");
	control_paste(c, text);
	assert_string_equal(c->state.input, "");
	c->state.focus = PANE_CONSOLE;
	control_paste(c, "a\tb\r\nc\rd\n");
	assert_said("<a\tb><\n><c><\n><d\n>");
}

/* What is no command to the prompt is none here; a ';' in quotes and braces is not the end of one. */
static void test_pasted_remarks(void **state)
{
	static const char *const row[][2] = {
		{ "$$ one\nt 3 ; $$ two\n  $$three\nq", "t 3; q" },
		{ "t 3; # three\n bp k; p ;* four\nq\n", "t 3; bp k; p; q" },
		{ ".echo \"a;#\"\n$$>< file\nt", ".echo \"a;#\"; $$>< file; t" },
		{ ".if (1) { t; * }\nq", ".if (1) { t; * }; q" },
		{ ".if (1) {\n t\n}\nq", ".if (1) {; t; }; q" },
		{ "t;;\n;\nq", "t; q" },
		{ "j 1 't' ; 'p'\nq", "j 1 't' ; 'p'" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct control *c = begin();
		control_paste(c, row[i][0]);
		assert_string_equal(c->state.input, row[i][1]);
	}
}

static void test_history(void **state)
{
	struct control *c = begin();
	(void)state;
	enter("t");
	enter("p");
	enter("p");
	enter("");
	enter("  ");
	assert_said("t|p|p||  |"); /* an empty one is the prompt's: it does the last one again */
	to_prompt("dra");
	key("Up");
	assert_string_equal(c->state.input, "  ");
	key("Up");
	assert_string_equal(c->state.input, "p");
	key("Up");
	key("Up");
	key("Up");
	assert_string_equal(c->state.input, "t");
	assert_int_equal(c->state.cursor, 1);
	key("Enter");
	assert_said("t|");
	assert_string_equal(c->state.input, "");
	to_prompt("dra");
	key("Up");
	key("Down");
	key("Down");
	assert_string_equal(c->state.input, "dra");
}

static void test_history_is_bounded(void **state)
{
	struct control *c = begin();
	char line[16];
	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "t %d", i);
		enter(line);
	}
	for (int i = 0; i < 200; i++)
		key("Up");
	assert_string_equal(c->state.input, "t 36"); /* the 64 newest */
}

static void test_leaving_by_the_prompt(void **state)
{
	struct control *c = begin();
	(void)state;
	enter("q");
	assert_said("q|");
	assert_false(c->quit); /* it is the prompt that knows */
	world.engine.model.quit = true;
	control_draw(c, &world.canvas, false);
	assert_true(c->quit);
}

static void test_completion(void **state)
{
	struct control *c = begin();
	(void)state;
	world.engine.words[0] = "kernel!main";
	world.engine.words[1] = "kernel!mask";
	world.engine.words[2] = "rax";
	to_prompt("bp ke 5");
	key("Left");
	key("Left");
	key("Tab");
	assert_string_equal(c->state.input, "bp kernel!ma 5");
	key("Tab");
	assert_string_equal(c->state.input, "bp kernel!main 5");
	key("Tab");
	assert_string_equal(c->state.input, "bp kernel!mask 5");
	key("Tab");
	assert_string_equal(c->state.input, "bp kernel!main 5");
	control_text(c, "x");
	key("Tab"); /* nothing fits */
	assert_string_equal(c->state.input, "bp kernel!mainx 5");
	c->state.input[0] = 0;
	c->state.cursor = 0;
	to_prompt("r r");
	key("Tab");
	assert_string_equal(c->state.input, "r rax ");
	assert_int_equal(c->state.focus, PANE_PROMPT);
	assert_said("");
}

/* The word of the last Tab is taken back only where it stands. */
static void test_completion_elsewhere(void **state)
{
	struct control *c = begin();
	(void)state;
	world.engine.words[0] = "main";
	world.engine.words[1] = "mask";
	to_prompt("bp ma m");
	key("Left");
	key("Left");
	key("Tab");
	key("Tab");
	assert_string_equal(c->state.input, "bp mask m");
	key("End");
	key("Tab");
	assert_string_equal(c->state.input, "bp mask ma");
	key("Home");
	key("Tab");
	key("Tab");
	assert_string_equal(c->state.input, "mainbp mask ma");
	world.engine.words[0] = NULL; /* as while a run goes on */
	key("Tab");
	assert_string_equal(c->state.input, "mainbp mask ma");
	assert_int_equal(c->state.cursor, 4);
}

/* In a full line as well. */
static void test_completion_of_a_full_line(void **state)
{
	struct control *c = begin();
	(void)state;
	world.engine.words[0] = "main";
	world.engine.words[1] = "mask";
	for (int i = 0; i < 248; i++)
		to_prompt("x");
	to_prompt(" ma");
	key("Tab");
	assert_int_equal(strlen(c->state.input), 253);
	key("Home");
	key("Tab");
	assert_int_equal(strlen(c->state.input), 255);
	assert_int_equal(c->state.cursor, 2);
	key("Tab"); /* no room for a whole one */
	assert_int_equal(strlen(c->state.input), 255);
}

/* More words than are asked for at once: what the first of them share is not what all do. */
static void test_completion_of_many(void **state)
{
	static char many[80][16];
	struct control *c = begin();
	(void)state;
	for (int i = 0; i < 79; i++) {
		snprintf(many[i], sizeof(many[i]), i < 70 ? "sys_%02d" : "sa_%02d", i);
		world.engine.words[i] = many[i];
	}
	to_prompt("bp s");
	key("Tab");
	assert_string_equal(c->state.input, "bp sys_00");
	key("Backspace");
	key("Backspace");
	key("Backspace");
	key("Backspace");
	key("Backspace");
	control_text(c, "a");
	key("Tab");
	assert_string_equal(c->state.input, "bp sa_7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_editing),
		cmocka_unit_test(test_line_is_bounded),
		cmocka_unit_test(test_pasting),
		cmocka_unit_test(test_pasted_remarks),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_history_is_bounded),
		cmocka_unit_test(test_leaving_by_the_prompt),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_completion_elsewhere),
		cmocka_unit_test(test_completion_of_a_full_line),
		cmocka_unit_test(test_completion_of_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
