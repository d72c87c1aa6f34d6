/* A walk through a folder and all that is below it: the files' names, sizes, times and inodes.

   Nearly all of the time of asking the same question about a trail again goes into asking the system for these: there
   are tens of thousands of files. A thread of the walk's own does so while Python loads what it needs, and who takes
   from the walk helps with it; neither holds Python's lock meanwhile. How much lies ready is limited. Who takes sees to
   Python's signals now and then, so that a folder on a slow disk can be left, and nobody waits for the thread's end: a
   disk that answers no more must not keep a command from ending. Sources: POSIX.1-2017, "pthread_cond_timedwait",
   "pthread_detach" and "pthread_sigmask". */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "walk_folder.h"

#define FORMAT 2            /* of what Python sees; it changes whenever that does */
#define CIRCLE (-2)         /* as MANY: it is a link to a folder that holds it */
#define A_WHILE 100000000   /* nanoseconds after which who waits sees to Python's signals */

typedef struct {
    atomic_int users;       /* the thread, and what Python sees */
    pid_t process;
    size_t most, most_ready;
    char *root;
    pthread_mutex_t lock;   /* of what stands below */
    pthread_cond_t changed;
    Folder *open;           /* those to be looked at, the next one first */
    Folder *done, **last;   /* those to be handed out, in the order in which they came */
    size_t ready;           /* how many bytes are told of these */
    int looking;            /* how many are being looked at */
    atomic_int ended;       /* whether nobody wants more; asked without the lock too */
} Walk;

/* One user of the walk less. The lock is not held. */
static void left_walk(Walk *walk) {
    if (atomic_fetch_sub(&walk->users, 1) > 1) return;
    left_all(walk->open);
    left_all(walk->done);
    pthread_cond_destroy(&walk->changed);
    pthread_mutex_destroy(&walk->lock);
    free(walk->root);
    free(walk);
}

/* Looks at a folder, and gives the folders in it. stopped(given): see look_at. */
static Folder *look_into(const Walk *walk, Folder *folder, Stopped *stopped, void *given) {
    Look look = {0};
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

/* Looks at the next folder, unless it is stopped. The lock is held, but while it looks. */
static void step(Walk *walk, Stopped *stopped, void *given) {
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
        return;
    }
    Folder **end = &inner;
    for (; *end; end = &(*end)->next) folder->users++;
    *end = walk->open;
    walk->open = inner;
    *walk->last = folder;
    walk->last = &folder->next;
    walk->ready += bytes_of(folder);
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
    left_walk(walk);
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

/* Ends the walk; the thread ends soon, after the file at hand and some more. */
static void end(Walk *walk) {
    if (is_others(walk)) return;
    pthread_mutex_lock(&walk->lock);
    walk->ended = 1;
    pthread_cond_broadcast(&walk->changed);
    pthread_mutex_unlock(&walk->lock);
}

/* Makes a walk and begins it; NULL where memory is short. */
static Walk *begun(const char *root, size_t most, size_t most_ready) {
    Walk *walk = calloc(1, sizeof *walk);
    if (!walk) return NULL;
    walk->users = 1;
    walk->process = getpid();
    walk->most = most;
    walk->most_ready = most_ready;
    walk->last = &walk->done;
    pthread_mutex_init(&walk->lock, NULL);
    pthread_cond_init(&walk->changed, NULL);
    if (!(walk->root = strdup(root)) || !(walk->open = folder_in(NULL, ""))) {
        left_walk(walk);
        return NULL;
    }
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for Python's own threads */
    walk->users++;
    if (pthread_create(&thread, NULL, walk_on, walk)) walk->users--; /* then who takes does it all */
    else pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return walk;
}

/* ---- What Python sees: _walk.pyi says what each does ---- */

typedef struct { PyObject_HEAD Walk *walk; } Seen;

static Walk *walk_of(PyObject *self) { return ((Seen *)self)->walk; }

static PyObject *handed_out(const Folder *folder) {
    int failed = folder->failed;
    PyObject *path = PyUnicode_DecodeFSDefault(folder->path), *out = NULL;
    PyObject *names = PyBytes_FromStringAndSize(folder->names, failed ? 0 : (Py_ssize_t)folder->length);
    PyObject *numbers = PyBytes_FromStringAndSize((const char *)folder->numbers,
                                                  failed ? 0 : (Py_ssize_t)bytes_of_numbers(folder));
    PyObject *signature = PyBytes_FromStringAndSize((const char *)folder->signature,
                                                    failed ? 0 : (Py_ssize_t)sizeof folder->signature);
    if (path && names && numbers && signature)
        out = Py_BuildValue("(OOOOi)", path, names, numbers, signature, failed);
    Py_XDECREF(path);
    Py_XDECREF(names);
    Py_XDECREF(numbers);
    Py_XDECREF(signature);
    return out;
}

static PyObject *walk_next(PyObject *self) {
    Walk *walk = walk_of(self);
    if (is_others(walk)) return PyErr_Format(PyExc_RuntimeError, "this process was forked of the one that walks");
    Taker taker = {walk, PyEval_SaveThread(), 0};
    Folder *folder = next_of(walk, &taker);
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
    end(walk_of(self));
    return Py_NewRef(Py_None);
}

static PyObject *walk_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    static char *keywords[] = {"root", "most", "most_ready", NULL};
    PyObject *root = NULL;
    Py_ssize_t most, most_ready;
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "O&nn", keywords, PyUnicode_FSConverter, &root, &most,
                                     &most_ready))
        return NULL;
    Seen *seen = NULL;
    if (most < 0 || most_ready < 0) PyErr_Format(PyExc_ValueError, "a limit is less than nothing");
    else seen = (Seen *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (seen && !(seen->walk = begun(PyBytes_AsString(root), (size_t)most, (size_t)most_ready))) {
        Py_CLEAR(seen);
        PyErr_NoMemory();
    }
    Py_DECREF(root);
    return (PyObject *)seen;
}

static void walk_free(PyObject *self) {
    Walk *walk = walk_of(self);
    PyTypeObject *type = Py_TYPE(self);
    if (walk && !is_others(walk)) { /* else the thread may have been changing any of it */
        end(walk);
        left_walk(walk);
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
    .name = "iam_guardrails.adapters._walk.Walk", .basicsize = sizeof(Seen),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, .slots = walk_slots,
};

static int fill(PyObject *module) {
    PyObject *type = PyType_FromModuleAndSpec(module, &walk_spec, NULL);
    int done = type ? PyModule_AddObjectRef(module, "Walk", type) : -1;
    Py_XDECREF(type);
    if (done || PyModule_AddIntMacro(module, FORMAT) || PyModule_AddIntMacro(module, MANY)) return -1;
    return PyModule_AddIntMacro(module, CIRCLE);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_walk", .m_slots = slots};

PyMODINIT_FUNC PyInit__walk(void) { return PyModuleDef_Init(&module); }
