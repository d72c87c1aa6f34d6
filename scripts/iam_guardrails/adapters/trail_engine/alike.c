/* Which records of a CloudTrail file are alike, where each of them stands in it, and when it happened.

   Two records are alike when their callers, events' names and sources and errors stand in the same bytes. What they
   count as is then the same, so it is worked out once, in Python, by the typed decode of one of them; of the others
   only the time matters, or what a read of a secret says of itself. This file judges nothing: it parts JSON, and
   compares bytes. It is here because the decoders that there are take longer to pass over a record than all of the
   reading may take (`make bench ROWS=trail`).

   What it takes is less than JSON: no blanks between the tokens, no key twice, no escape in what it compares, no value
   of another type than CloudTrail writes. A file with anything else is read by the typed decode alone. Every byte is
   looked at; nothing is searched for. The text may be a stranger's: no byte is read before its place was compared with
   the end, and the depth is limited. tests/trail_engine/test_alike.py holds it against the typed decode, and puts
   broken files to it under the address sanitizer.

   Sources: RFC 8259 (JSON); AWS CloudTrail User Guide, "CloudTrail record contents" and "userIdentity element". */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "alike_kinds.h"

#define FORMAT 5 /* of what Python sees and relies on: known.py uses no module that was built for another one */
#define MOST_HELD 65536 /* records of a file for which room is kept until the next */

/* Notes the record at `at`; the place behind it, NULL where it is not as CloudTrail writes it, or has no room. */
static Place record(Table *table, Place at, Place end) {
    Slice slots[SLOTS] = {{NULL, 0}};
    Place first = at;
    if (!(at = object(at, end, &record_shape, slots))) return NULL;
    if (!slots[WHEN].at || !slots[SOURCE].at || !slots[NAME].at) return NULL;
    int64_t when = seconds(slots[WHEN]);
    if (when < 0) return NULL;
    /* Of what sort the caller and the error are is a part too, so that no text can stand for another sort of it. */
    Slice caller = slots[ISSUER].length ? slots[ISSUER] : slots[ARN].length ? slots[ARN] : slots[IDENTITY];
    unsigned char sorts[] = {
        slots[ISSUER].length || slots[ARN].length ? 'a' : slots[IDENTITY].at ? 'i' : 'n',
        slots[ERROR].at ? 'e' : slots[TOLD].at && slots[TOLD].length ? 't' : 'n',
    };
    Slice none = {sorts, 0}; /* somewhere that may be read */
    Slice parts[PARTS] = {
        {sorts, sizeof sorts}, caller, slots[NAME], slots[SOURCE], slots[ERROR],
    };
    for (int part = 0; part < PARTS; part++)
        if (!parts[part].at) parts[part] = none;
    int64_t kind = kind_of(table, parts);
    Record *records = roomy(table->records, table->found, &table->records_room, sizeof *records);
    if (records) table->records = records;
    if (!records || kind < 0) return NULL;
    Slice account = slots[ACCOUNT].length ? slots[ACCOUNT] : slots[OWNER];
    table->records[table->found++] = (Record){
        (uint32_t)kind, when, {first, (size_t)(at - first)}, slots[PARAMETERS], slots[ADDRESS], slots[ID], account,
    };
    return at;
}

/* Whether the text is a file as CloudTrail writes it, whose records are noted. */
static int file(Table *table, Place begin, Place end) {
    table->found = 0;
    Place at = word(begin, end, "{\"Records\":[", 12);
    if (!at || end - begin > UINT32_MAX) return 0;
    if (at < end && *at == ']') {
        at++;
    } else {
        for (;;) {
            if (!(at = record(table, at, end)) || at == end) return 0;
            if (*at == ']') break;
            if (*at++ != ',') return 0;
        }
        at++;
    }
    if (at == end || *at++ != '}') return 0;
    while (at < end && (*at == '\n' || *at == '\r' || *at == ' ' || *at == '\t')) at++;
    return at == end;
}

/* ---- What Python sees: _alike.pyi says what each does ---- */

static PyObject *text_of(Slice slice) { /* they are ASCII */
    return PyUnicode_FromStringAndSize((const char *)slice.at, (Py_ssize_t)slice.length);
}

/* A record for Python: where it stands, or if it is a reading what that says. */
static PyObject *handed_out(const Record *record, int asked, Place begin) {
    Py_ssize_t from = record->text.at - begin, to = from + (Py_ssize_t)record->text.length;
    long long when = record->when;
    if (asked != READING) return Py_BuildValue("(ILnn)", record->kind, when, from, to);
    Slice said = record->parameters;
    PyObject *account = text_of(record->account), *address = text_of(record->address), *id = text_of(record->id);
    PyObject *parameters = PyBytes_FromStringAndSize((const char *)said.at, (Py_ssize_t)said.length), *item = NULL;
    if (account && parameters && address && id)
        item = Py_BuildValue("((IOO)LOO)", record->kind, account, parameters, when, address, id);
    Py_XDECREF(account);
    Py_XDECREF(parameters);
    Py_XDECREF(address);
    Py_XDECREF(id);
    return item;
}

static PyObject *table_read(PyObject *self, PyObject *argument) {
    Table *table = (Table *)self;
    Py_buffer text;
    if (PyObject_GetBuffer(argument, &text, PyBUF_SIMPLE) < 0) return NULL;
    Place begin = text.buf;
    PyObject *out = NULL;
    if (!file(table, begin, begin + text.len)) {
        table->found = 0;
        out = Py_NewRef(Py_None);
        goto done;
    }
    PyObject *parts = PyList_New(0), *readings = PyList_New(0);
    int good = parts && readings;
    for (size_t number = 0; good && number < table->found; number++) {
        const Record *record = table->records + number;
        Kind *kind = table->kinds + record->kind;
        int day = kind->asked == TIME ? day_of(table, record->when) : -1;
        if (day >= 0) {
            if (kind->latest[day] < record->when) kind->latest[day] = record->when;
            continue;
        }
        PyObject *item = handed_out(record, kind->asked, begin);
        good = item && PyList_Append(kind->asked == READING ? readings : parts, item) == 0;
        Py_XDECREF(item);
    }
    if (good) out = PyTuple_Pack(2, parts, readings);
    Py_XDECREF(parts);
    Py_XDECREF(readings);
    if (table->records_room > MOST_HELD) {
        free(table->records);
        table->records = NULL;
        table->records_room = 0;
    }
done:
    PyBuffer_Release(&text);
    return out;
}

static PyObject *asked(PyObject *self, PyObject *argument, int what) {
    Table *table = (Table *)self;
    size_t number = PyLong_AsSize_t(argument);
    if (PyErr_Occurred()) return NULL;
    if (number >= table->count) return PyErr_Format(PyExc_IndexError, "there are only %zu kinds", table->count);
    table->kinds[number].asked = what;
    return Py_NewRef(Py_None); /* not Py_RETURN_NONE: the headers of 3.12 take no reference, which 3.11 needs */
}

static PyObject *table_plain(PyObject *self, PyObject *kind) { return asked(self, kind, TIME); }

static PyObject *table_readings(PyObject *self, PyObject *kind) { return asked(self, kind, READING); }

/* Puts a time into a dictionary day -> kind -> time. */
static int put(PyObject *days, int64_t when, size_t kind) {
    int done = -1;
    PyObject *day = PyLong_FromLongLong(when / DAY), *time = PyLong_FromLongLong(when);
    PyObject *number = PyLong_FromSize_t(kind);
    PyObject *of_day = day ? PyDict_GetItemWithError(days, day) : NULL; /* borrowed */
    PyObject *made = NULL;
    if (day && !of_day && !PyErr_Occurred() && (made = PyDict_New()) && !PyDict_SetItem(days, day, made)) of_day = made;
    if (of_day && number && time) done = PyDict_SetItem(of_day, number, time);
    Py_XDECREF(day);
    Py_XDECREF(number);
    Py_XDECREF(time);
    Py_XDECREF(made);
    return done;
}

static PyObject *table_take(PyObject *self, PyObject *Py_UNUSED(nothing)) {
    Table *table = (Table *)self;
    PyObject *out = PyDict_New();
    for (size_t kind = 0; kind < table->count; kind++)
        for (int day = 0; day < DAYS; day++) {
            int64_t *latest = table->kinds[kind].latest + day;
            if (out && *latest >= 0 && put(out, *latest, kind) < 0) Py_CLEAR(out);
            *latest = -1;
        }
    for (int day = 0; day < DAYS; day++) table->days[day] = -1;
    return out;
}

static PyObject *table_kinds(PyObject *self, void *Py_UNUSED(closure)) {
    return PyLong_FromSize_t(((Table *)self)->count);
}

static PyObject *table_records(PyObject *self, void *Py_UNUSED(closure)) {
    return PyLong_FromSize_t(((Table *)self)->found);
}

static PyObject *table_full(PyObject *self, void *Py_UNUSED(closure)) {
    return PyBool_FromLong(((Table *)self)->full);
}

static PyObject *table_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *keywords[] = {"seed", "most_bytes", NULL};
    unsigned long long seed;
    Py_ssize_t most_bytes;
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "Kn", keywords, &seed, &most_bytes)) return NULL;
    if (most_bytes < 0) return PyErr_Format(PyExc_ValueError, "most_bytes is less than nothing");
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Table *table = (Table *)allocate(type, 0);
    if (!table) return NULL;
    table->seed = seed;
    table->most_bytes = (size_t)most_bytes;
    for (int day = 0; day < DAYS; day++) table->days[day] = -1;
    return (PyObject *)table;
}

static void table_free(PyObject *self) {
    Table *table = (Table *)self;
    PyTypeObject *type = Py_TYPE(self);
    free(table->bytes);
    free(table->kinds);
    free(table->places);
    free(table->records);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyMethodDef table_methods[] = {
    {"read", table_read, METH_O, NULL},
    {"plain", table_plain, METH_O, NULL},
    {"readings", table_readings, METH_O, NULL},
    {"take", table_take, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef table_values[] = {
    {"kinds", table_kinds, NULL, NULL, NULL},
    {"full", table_full, NULL, NULL, NULL},
    {"records", table_records, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot table_slots[] = {
    {Py_tp_new, table_new}, {Py_tp_dealloc, table_free}, {Py_tp_methods, table_methods}, {Py_tp_getset, table_values},
    {0, NULL},
};
static PyType_Spec table_spec = {
    .name = "iam_guardrails.adapters.trail_engine._alike.Table", .basicsize = sizeof(Table),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, .slots = table_slots,
};

static int fill(PyObject *module) {
    order(&record_shape);
    PyObject *type = PyType_FromModuleAndSpec(module, &table_spec, NULL);
    int done = type ? PyModule_AddObjectRef(module, "Table", type) : -1;
    Py_XDECREF(type);
    return done ? done : PyModule_AddIntConstant(module, "FORMAT", FORMAT);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_alike", .m_slots = module_slots};

PyMODINIT_FUNC PyInit__alike(void) { return PyModuleDef_Init(&module); }
