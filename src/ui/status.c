/* status.c - see status.h. */
#include "ui/status.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 400, ITEMS = 32, LINE = 8192 };

const char *status_vector(uint8_t vector, char *text, size_t size)
{
	const struct rs_exception *e;
	snprintf(text, size, "vector %02xh", vector);
	for (size_t i = 0; (e = rs_exception_info(i)); i++)
		if (e->vector == vector)
			snprintf(text, size, "%s", e->name);
	return text;
}

/* "#UD (SC-01), then #GP (IN-01), then #GP (IN-01)" */
static void faults_text(const struct rs_status *status, char *text, size_t size)
{
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < status->fault_count && used < size; i++) {
		char vector[24], rule[24] = "";
		status_vector(status->vectors[i], vector, sizeof(vector));
		if (status->rules[i])
			snprintf(rule, sizeof(rule), " (%s)", status->rules[i]);
		used += (size_t)snprintf(text + used, size - used, "%s%s%s", i ? ", then " : "", vector, rule);
	}
}

static void bytes_text(const struct rs_status *status, char *text)
{
	text[0] = 0;
	for (size_t i = 0; i < status->byte_count && i < sizeof(status->bytes); i++)
		sprintf(text + 2 * i, "%02x", status->bytes[i]);
}

static void stop_words(const struct rs_status *status, const char *limit, char *text, size_t size)
{
	char detail[200];
	switch (status->why) {
	case RS_STOP_EXIT:
		snprintf(text, size, "exit code %d", status->exit_code);
		break;
	case RS_STOP_TRIPLE_FAULT:
		faults_text(status, detail, sizeof(detail));
		snprintf(text, size, "%s at %" PRIx64 ": %s,", status->fault_count > 1 ? "triple fault" : "shutdown",
			 status->rip, detail);
		break;
	case RS_STOP_UNIMPLEMENTED:
		bytes_text(status, detail);
		snprintf(text, size, "not implemented: %s (bytes %s at %" PRIx64 ")",
			 status->missing ? status->missing : "?", detail, status->rip);
		break;
	case RS_STOP_HALTED:
		snprintf(text, size, "halted for ever at %" PRIx64, status->rip);
		break;
	case RS_STOP_NO_MEMORY:
		snprintf(text, size, "out of memory at %" PRIx64, status->rip);
		break;
	default:
		snprintf(text, size, "%s at %" PRIx64, limit ? limit : "stopped", status->rip);
	}
}

const char *status_text(const struct rs_status *status, const struct ui *ui, const char *limit, char *text, size_t size)
{
	return status_text_of(status, ui, ui_cpu(ui), limit, text, size);
}

const char *status_text_of(const struct rs_status *status, const struct ui *ui, const char *who, const char *limit,
                           char *text, size_t size)
{
	char words[TEXT], cycles[40] = "";
	stop_words(status, limit, words, sizeof(words));
	if (ui_timing(ui))
		snprintf(cycles, sizeof(cycles), " and %" PRIu64 " cycle%s", status->cycles,
			 status->cycles == 1 ? "" : "s");
	snprintf(text, size, "%s after %" PRIu64 " instruction%s%s (%s)", words, status->instructions,
		 status->instructions == 1 ? "" : "s", cycles, who);
	return text;
}

const char *status_limit(const struct rs_status *status, const struct options *o)
{
	return status->instructions >= o->max_insns ? "--max-insns reached"
	       : status->cycles >= o->max_cycles    ? "--max-cycles reached"
						    : NULL;
}

/* The object is built from items on the stack: cJSON's allocator takes no argument, so it could not be the host's. */
struct json {
	cJSON object, item[ITEMS];
	size_t used;
};

static cJSON *json_item(struct json *j, int type)
{
	cJSON *item = &j->item[j->used++];
	item->type = type;
	return item;
}

static cJSON *json_add(struct json *j, const char *key, int type)
{
	cJSON *item = json_item(j, type);
	cJSON_AddItemToObjectCS(&j->object, key, item);
	return item;
}

static void json_number(struct json *j, const char *key, double value)
{
	cJSON_SetNumberHelper(json_add(j, key, cJSON_Number), value);
}

/* cJSON wants a char * and only reads it. */
static void set_text(cJSON *item, const char *value)
{
	union {
		const char *given;
		char *wanted;
	} text = { value };
	item->valuestring = text.wanted;
}

static void json_text(struct json *j, const char *key, const char *value)
{
	if (value)
		set_text(json_add(j, key, cJSON_String | cJSON_IsReference), value);
}

/* The rule of each fault that led to a triple fault, oldest first. */
static void json_rules(struct json *j, const struct rs_status *status)
{
	cJSON *rules = json_add(j, "rules", cJSON_Array);
	for (unsigned i = 0; i < status->fault_count; i++) {
		cJSON *rule = json_item(j, status->rules[i] ? cJSON_String | cJSON_IsReference : cJSON_NULL);
		set_text(rule, status->rules[i]);
		cJSON_AddItemToArray(rules, rule);
	}
}

static const char *stop_name(const struct rs_status *status)
{
	static const char *const names[] = {
		[RS_STOP_NONE] = "none",
		[RS_STOP_LIMIT] = "limit",
		[RS_STOP_EXIT] = "exit",
		[RS_STOP_TRIPLE_FAULT] = "triple-fault",
		[RS_STOP_UNIMPLEMENTED] = "unimplemented",
		[RS_STOP_HALTED] = "halted",
		[RS_STOP_BREAK] = "until",
		[RS_STOP_NO_MEMORY] = "no-memory",
	};
	return status ? names[status->why] : "not-run";
}

/* Texts that the items point to live as long as the object. */
struct json_texts {
	char rip[24], bytes[40], faults[200];
};

static void json_status(struct json *j, const struct rs_status *status, struct json_texts *t)
{
	snprintf(t->rip, sizeof(t->rip), "0x%" PRIx64, status->rip);
	json_number(j, "instructions", (double)status->instructions);
	json_number(j, "cycles", (double)status->cycles);
	json_text(j, "rip", t->rip);
	if (status->why == RS_STOP_EXIT)
		json_number(j, "guest_code", status->exit_code);
	if (status->why == RS_STOP_TRIPLE_FAULT) {
		faults_text(status, t->faults, sizeof(t->faults));
		json_text(j, "faults", t->faults);
		json_rules(j, status);
	}
	if (status->why == RS_STOP_UNIMPLEMENTED) {
		bytes_text(status, t->bytes);
		json_text(j, "bytes", t->bytes);
		json_text(j, "missing", status->missing);
	}
}

static bool json_line(const struct ui *ui, const struct status_report *r, char *line, int size)
{
	struct json j = { .object = { .type = cJSON_Object } };
	struct json_texts texts;
	json_text(&j, "stop", stop_name(r->status));
	json_number(&j, "exit_code", r->exit_code);
	if (r->status)
		json_status(&j, r->status, &texts);
	json_text(&j, "limit", r->limit);
	json_text(&j, "error", r->error);
	json_text(&j, "cpu", ui_cpu(ui));
	json_text(&j, "timing", ui_timing(ui) ? ui_timing(ui) : rs_timing_name(0));
	json_text(&j, "image", r->image);
	return cJSON_PrintPreallocated(&j.object, line, size, false);
}

static bool write_line(struct ui *ui, const char *path, const char *line, struct rs_error *why)
{
	struct out *o = strcmp(path, "-") ? out_open(ui->host, path, why) : ui->out;
	if (!o)
		return false;
	out_printf(o, "%s\n", line);
	return o == ui->out || out_close(o, why);
}

bool status_write_json(struct ui *ui, const char *path, const struct status_report *report)
{
	char line[LINE];
	struct rs_error why;
	if (!json_line(ui, report, line, sizeof(line)))
		error_set(&why, RS_ERROR_ARGUMENT, "--status-json: the image's name is too long for a status line");
	else if (write_line(ui, path, line, &why))
		return true;
	ui_fail(ui, EXIT_USAGE, "%s", why.text);
	return false;
}
