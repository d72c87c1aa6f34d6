/* A walk through a folder and all that is below it: the files' names, sizes, times and inodes.

   Nearly all of the time of asking the same question about a trail again goes into asking the system for these: there
   are tens of thousands of files. A thread of the walk's own does so while Python loads what it needs, and who takes
   from the walk helps with it; neither holds Python's lock meanwhile. How much lies ready is limited. Who takes sees to
   Python's signals now and then, so that a folder on a slow disk can be left. Sources: POSIX.1-2017,
   "pthread_cond_timedwait" and "pthread_sigmask". */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "walk_look.h"

#define CIRCLE (-2)         /* as MANY: it is a link to a folder that holds it */
#define A_WHILE 100000000   /* nanoseconds after which who waits sees to Python's signals */

typedef struct Folder Folder;
struct Folder {
    Folder *holder, *next;  /* what it lies in; the next one of a list */
    size_t users;           /* folders in it, and the list that it is in */
    char *path;             /* below the root, with a slash at its end, or empty */
    uint64_t device, inode;
    int failed;             /* 0, or what went wrong */
    char *names;            /* of its files, sorted, a zero byte between them */
    int64_t *numbers;       /* of its files, one after another */
    size_t length, count;   /* of the names together; of the files */
};

typedef struct {
    PyObject_HEAD
    pid_t process;
    pthread_t thread;
    pthread_mutex_t lock;   /* of what stands below */
    pthread_cond_t changed;
    int has_thread;         /* that nobody has waited for */
    Folder *open;           /* those to be looked at, the next one first */
    Folder *done, **last;   /* those to be handed out, in the order in which they came */
    size_t ready;           /* how many bytes are told of these */
    int looking;            /* how many are being looked at */
    atomic_int ended;       /* whether nobody wants more; asked without the lock too */
    size_t most, most_ready;
    char *root;
} Walk;

static size_t bytes_of_numbers(const Folder *folder) { return folder->count * NUMBERS * sizeof *folder->numbers; }

static size_t bytes_of(const Folder *folder) {
    return sizeof *folder + strlen(folder->path) + 1 + folder->length + bytes_of_numbers(folder);
}

/* One user less. The lock is held. */
static void left(Folder *folder) {
    while (folder && !--folder->users) {
        Folder *holder = folder->holder;
        free(folder->path);
        free(folder->names);
        free(folder->numbers);
        free(folder);
        folder = holder;
    }
}

static Folder *folder_in(Folder *holder, const char *name) {
    Folder *made = calloc(1, sizeof *made);
    size_t before = holder ? strlen(holder->path) : 0, length = strlen(name);
    if (!made || !(made->path = malloc(before + length + 2))) {
        free(made);
        return NULL;
    }
    if (before) memcpy(made->path, holder->path, before);
    memcpy(made->path + before, name, length);
    memcpy(made->path + before + length, holder ? "/" : "", holder ? 2 : 1);
    made->holder = holder;
    made->users = 1;
    return made;
}

/* Puts what a look found into the folder, and gives the folders in it, the last one first; `failed` where it cannot. */
static Folder *told(Folder *folder, const Look *look) {
    Folder *inner = NULL;
    folder->names = malloc(look->bytes + 1);
    folder->numbers = malloc(look->bytes + 1);
    if (!folder->names || !folder->numbers) folder->failed = ENOMEM;
    for (size_t number = 0; !folder->failed && number < look->count; number++) {
        const Entry *entry = look->entries + number;
        if (number && !strcmp(entry->name, entry[-1].name)) continue; /* POSIX lets a changing folder name one twice */
        if (entry->is_folder) {
            Folder *made = folder_in(folder, entry->name);
            if (!made) {
                folder->failed = ENOMEM;
                break;
            }
            made->next = inner;
            inner = made;
            continue;
        }
        size_t length = strlen(entry->name);
        if (folder->count) folder->names[folder->length++] = 0;
        memcpy(folder->names + folder->length, entry->name, length);
        folder->length += length;
        memcpy(folder->numbers + NUMBERS * folder->count++, entry->numbers, sizeof entry->numbers);
    }
    return inner;
}

/* Looks at a folder, and gives the folders in it. stopped(given): see look_at. */
static Folder *look_into(const Walk *walk, Folder *folder, Stopped *stopped, void *given) {
    Look look = {NULL, 0, 0, 0, 0, 0};
    Folder *inner = NULL;
    size_t before = strlen(walk->root), length = strlen(folder->path);
    char *path = malloc(before + length + 2);
    if (path) {
        memcpy(path, walk->root, before);
        path[before] = '/';
        memcpy(path + before + 1, folder->path, length + 1);
    }
    folder->failed = path ? look_at(&look, path, walk->most, stopped, given) : ENOMEM;
    folder->device = look.device;
    folder->inode = look.inode;
    for (Folder *holder = folder->holder; holder && !folder->failed; holder = holder->holder)
        if (holder->device == folder->device && holder->inode == folder->inode) folder->failed = CIRCLE;
    if (!folder->failed) inner = told(folder, &look);
    let_go(&look);
    free(path);
    return inner;
}

/* Looks at the next folder; whether it came to the folder's end. The lock is held, but while it looks. */
static int step(Walk *walk, Stopped *stopped, void *given) {
    Folder *folder = walk->open;
    walk->open = folder->next;
    folder->next = NULL;
    walk->looking++;
    pthread_mutex_unlock(&walk->lock);
    Folder *inner = look_into(walk, folder, stopped, given);
    pthread_mutex_lock(&walk->lock);
    walk->looking--;
    pthread_cond_broadcast(&walk->changed);
    if (folder->failed == STOPPED) { /* another one may want it */
        folder->failed = 0;
        folder->next = walk->open;
        walk->open = folder;
        return 0;
    }
    Folder **end = &inner;
    for (; *end; end = &(*end)->next) folder->users++;
    *end = walk->open;
    walk->open = inner;
    *walk->last = folder;
    walk->last = &folder->next;
    walk->ready += bytes_of(folder);
    return 1;
}

static int is_ended(void *given) { return atomic_load(&((Walk *)given)->ended); }

static void *walk_on(void *given) {
    Walk *walk = given;
    pthread_mutex_lock(&walk->lock);
    while (!walk->ended && (walk->open || walk->looking)) {
        if (walk->open && walk->ready < walk->most_ready) step(walk, is_ended, walk);
        else pthread_cond_wait(&walk->changed, &walk->lock);
    }
    pthread_mutex_unlock(&walk->lock);
    return NULL;
}

/* Who takes. python: their thread, whose lock is let go.  raised: whether a signal raised what Python knows of. */
typedef struct { Walk *walk; PyThreadState *python; int raised; } Taker;

/* Whether a taker is to stop. The walk's lock must not be held: what a signal calls may take from the walk too. */
static int is_left(void *given) {
    Taker *taker = given;
    PyEval_RestoreThread(taker->python);
    taker->raised = PyErr_CheckSignals() != 0;
    taker->python = PyEval_SaveThread();
    return taker->raised || is_ended(taker->walk);
}

/* Waits until something changes. The lock is held, but while it waits. */
static void wait_a_while(Walk *walk, Taker *taker) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += A_WHILE;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    if (pthread_cond_timedwait(&walk->changed, &walk->lock, &until) != ETIMEDOUT) return;
    pthread_mutex_unlock(&walk->lock);
    is_left(taker);
    pthread_mutex_lock(&walk->lock);
}

/* The next folder that was looked at, which is nobody else's then; NULL at the end. Waits, and helps. */
static Folder *next_of(Walk *walk, Taker *taker) {
    pthread_mutex_lock(&walk->lock);
    while (!walk->done && !walk->ended && !taker->raised && (walk->open || walk->looking)) {
        if (walk->open) step(walk, is_left, taker);
        else wait_a_while(walk, taker);
    }
    Folder *folder = walk->ended || taker->raised ? NULL : walk->done;
    if (folder) {
        walk->done = folder->next;
        if (!walk->done) walk->last = &walk->done;
        walk->ready -= bytes_of(folder);
        pthread_cond_broadcast(&walk->changed);
    }
    pthread_mutex_unlock(&walk->lock);
    return folder;
}

/* Whether the walk is another process's, of which this one was forked: the thread is not here, and the lock may be held
   by it for ever. */
static int is_others(const Walk *walk) { return walk->process != getpid(); }

/* Ends the walk, and the thread. */
static void end(Walk *walk) {
    if (is_others(walk)) return;
    pthread_mutex_lock(&walk->lock);
    int has_thread = walk->has_thread;
    walk->has_thread = 0;
    walk->ended = 1;
    pthread_cond_broadcast(&walk->changed);
    pthread_mutex_unlock(&walk->lock);
    if (has_thread) pthread_join(walk->thread, NULL);
}

static void begin(Walk *walk) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for Python's own threads */
    walk->has_thread = !pthread_create(&walk->thread, NULL, walk_on, walk); /* without one, who takes does it all */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- What Python sees: _walk.pyi says what each does ---- */

static PyObject *handed_out(const Folder *folder) {
    int failed = folder->failed;
    PyObject *path = PyUnicode_DecodeFSDefault(folder->path), *out = NULL;
    PyObject *names = PyBytes_FromStringAndSize(folder->names, failed ? 0 : (Py_ssize_t)folder->length);
    PyObject *numbers = PyBytes_FromStringAndSize((const char *)folder->numbers,
                                                  failed ? 0 : (Py_ssize_t)bytes_of_numbers(folder));
    if (path && names && numbers) out = Py_BuildValue("(OOOi)", path, names, numbers, failed);
    Py_XDECREF(path);
    Py_XDECREF(names);
    Py_XDECREF(numbers);
    return out;
}

static PyObject *walk_next(PyObject *self) {
    Walk *walk = (Walk *)self;
    if (is_others(walk)) return PyErr_Format(PyExc_RuntimeError, "this process was forked of the one that walks");
    Taker taker = {walk, PyEval_SaveThread(), 0};
    Folder *folder = next_of(walk, &taker);
    if (!folder && !taker.raised) end(walk);
    PyEval_RestoreThread(taker.python);
    if (!folder) return NULL;
    PyObject *out = handed_out(folder);
    free(folder->names); /* the folder itself stays while there are some in it */
    free(folder->numbers);
    folder->names = NULL;
    folder->numbers = NULL;
    pthread_mutex_lock(&walk->lock);
    left(folder);
    pthread_mutex_unlock(&walk->lock);
    return out;
}

static PyObject *walk_close(PyObject *self, PyObject *Py_UNUSED(nothing)) {
    Py_BEGIN_ALLOW_THREADS
    end((Walk *)self);
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}

static PyObject *walk_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *keywords[] = {"root", "most", "most_ready", NULL};
    PyObject *root = NULL;
    Py_ssize_t most, most_ready;
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "O&nn", keywords, PyUnicode_FSConverter, &root, &most, &most_ready))
        return NULL;
    Walk *walk = NULL;
    if (most < 0 || most_ready < 0) PyErr_Format(PyExc_ValueError, "a limit is less than nothing");
    else walk = (Walk *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (walk) {
        walk->most = (size_t)most;
        walk->most_ready = (size_t)most_ready;
        walk->last = &walk->done;
        walk->process = getpid();
        walk->root = strdup(PyBytes_AsString(root));
        walk->open = folder_in(NULL, "");
        pthread_mutex_init(&walk->lock, NULL);
        pthread_cond_init(&walk->changed, NULL);
        if (walk->root && walk->open) {
            begin(walk);
        } else {
            Py_CLEAR(walk);
            PyErr_NoMemory();
        }
    }
    Py_DECREF(root);
    return (PyObject *)walk;
}

static void left_all(Folder *folder) {
    while (folder) {
        Folder *next = folder->next;
        left(folder);
        folder = next;
    }
}

static void walk_free(PyObject *self) {
    Walk *walk = (Walk *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (!is_others(walk)) { /* else the thread may have been changing any of this */
        end(walk);
        left_all(walk->open);
        left_all(walk->done);
        free(walk->root);
        pthread_cond_destroy(&walk->changed);
        pthread_mutex_destroy(&walk->lock);
    }
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyMethodDef walk_methods[] = {{"close", walk_close, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot walk_slots[] = {
    {Py_tp_new, walk_new}, {Py_tp_dealloc, walk_free}, {Py_tp_iter, PyObject_SelfIter}, {Py_tp_iternext, walk_next},
    {Py_tp_methods, walk_methods}, {0, NULL},
};
static PyType_Spec walk_spec = {
    .name = "iam_guardrails.adapters._walk.Walk", .basicsize = sizeof(Walk),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, .slots = walk_slots,
};

static int fill(PyObject *module) {
    PyObject *type = PyType_FromModuleAndSpec(module, &walk_spec, NULL);
    int done = type ? PyModule_AddObjectRef(module, "Walk", type) : -1;
    Py_XDECREF(type);
    if (done || PyModule_AddIntMacro(module, MANY)) return -1;
    return PyModule_AddIntMacro(module, CIRCLE);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_walk", .m_slots = slots};

PyMODINIT_FUNC PyInit__walk(void) { return PyModuleDef_Init(&module); }
