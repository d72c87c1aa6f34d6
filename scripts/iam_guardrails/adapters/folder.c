/* A look at a folder: its files' names, sizes, times and inodes, and the folders in it, in one go.

   Nearly all of the time of asking the same question about a trail again goes into asking the system for these: there
   are tens of thousands of files. It is half as long without a Python object for each. Sources: POSIX.1-2017, "readdir"
   and "fstatat". */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

enum { SIZE, WRITTEN, CHANGED, INODE, NUMBERS };

typedef struct { char *name; int is_folder; int64_t numbers[NUMBERS]; } Entry;
typedef struct { Entry *entries; size_t count, room, length; uint64_t device, inode; } Look;

static int64_t nanoseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec; }

static int by_name(const void *one, const void *other) {
    return strcmp(((const Entry *)one)->name, ((const Entry *)other)->name);
}

static void let_go(Look *look) {
    for (size_t number = 0; number < look->count; number++) free(look->entries[number].name);
    free(look->entries);
}

/* Puts an entry of the open folder into the look; 0 where memory is short. */
static int put(Look *look, int folder, const char *name) {
    if (look->count == look->room) {
        size_t room = look->room ? look->room * 2 : 256;
        Entry *moved = realloc(look->entries, room * sizeof *moved);
        if (!moved) return 0;
        look->entries = moved;
        look->room = room;
    }
    Entry entry = {strdup(name), 0, {0}};
    if (!entry.name) return 0;
    struct stat found;
    if (!fstatat(folder, name, &found, 0)) { /* where this fails it is a link to nothing, which reading it tells */
        entry.is_folder = S_ISDIR(found.st_mode);
        entry.numbers[SIZE] = found.st_size;
        entry.numbers[WRITTEN] = nanoseconds(found.st_mtim);
        entry.numbers[CHANGED] = nanoseconds(found.st_ctim);
        entry.numbers[INODE] = (int64_t)found.st_ino;
    }
    if (!entry.is_folder) look->length += strlen(name) + 1 + sizeof entry.numbers;
    look->entries[look->count++] = entry;
    return 1;
}

/* Looks at a folder; 0, or the system's number for what went wrong. */
static int look_at(Look *look, const char *path) {
    int handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
    if (handle < 0) return errno;
    struct stat own;
    DIR *folder = fstat(handle, &own) ? NULL : fdopendir(handle);
    if (!folder) {
        failed = errno;
        close(handle);
        return failed;
    }
    look->device = (uint64_t)own.st_dev;
    look->inode = (uint64_t)own.st_ino;
    const struct dirent *entry;
    while (!failed && (errno = 0, entry = readdir(folder))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!put(look, handle, entry->d_name)) failed = ENOMEM;
    }
    if (!failed) failed = errno;
    closedir(folder);
    if (look->count) qsort(look->entries, look->count, sizeof *look->entries, by_name);
    return failed;
}

/* The files as bytes, and the names of the folders. */
static PyObject *told(const Look *look) {
    PyObject *files = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)look->length), *folders = PyList_New(0);
    char *at = files ? PyBytes_AsString(files) : NULL;
    for (size_t number = 0; at && folders && number < look->count; number++) {
        const Entry *entry = look->entries + number;
        size_t length = strlen(entry->name) + 1;
        if (!entry->is_folder) {
            memcpy(at, entry->name, length);
            memcpy(at + length, entry->numbers, sizeof entry->numbers);
            at += length + sizeof entry->numbers;
            continue;
        }
        PyObject *name = PyUnicode_DecodeFSDefault(entry->name);
        if (!name || PyList_Append(folders, name) < 0) Py_CLEAR(folders);
        Py_XDECREF(name);
    }
    PyObject *out = at && folders
        ? Py_BuildValue("(OOKK)", files, folders, (unsigned long long)look->device, (unsigned long long)look->inode) : NULL;
    Py_XDECREF(files);
    Py_XDECREF(folders);
    return out;
}

static PyObject *entries(PyObject *Py_UNUSED(module), PyObject *argument) {
    PyObject *path = NULL;
    if (!PyUnicode_FSConverter(argument, &path)) return NULL;
    Look look = {NULL, 0, 0, 0, 0, 0};
    const char *name = PyBytes_AsString(path);
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = look_at(&look, name);
    Py_END_ALLOW_THREADS
    PyObject *out = NULL;
    if (failed) {
        errno = failed;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, argument);
    } else {
        out = told(&look);
    }
    let_go(&look);
    Py_DECREF(path);
    return out;
}

static PyMethodDef functions[] = {{"entries", entries, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_folder", .m_methods = functions, .m_slots = slots,
};

PyMODINIT_FUNC PyInit__folder(void) { return PyModuleDef_Init(&module); }
