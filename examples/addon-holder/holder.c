// A plain C addon that holds a view on a thread of its own, even after the JavaScript object has been
// collected and the environment has ended. The thread releases the view itself, without JavaScript.
#include <pthread.h>

#include "memoryview.h"

typedef struct {
  mv_view view;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int go;
  double sum;
} Job;

static double SumOf(const mv_view *view) {
  double sum = 0;
  for (int64_t i = 0; i < view->shape[0]; ++i) {
    for (int64_t j = 0; j < view->shape[1]; ++j) {
      sum += *(const float *)((const char *)view->data + i * view->strides[0] + j * view->strides[1]);
    }
  }
  return sum;
}

static void *Work(void *data) {
  Job *job = data;
  pthread_mutex_lock(&job->mutex);
  while (!job->go) pthread_cond_wait(&job->changed, &job->mutex);
  pthread_mutex_unlock(&job->mutex);
  job->sum = SumOf(&job->view);
  mv_release(&job->view);
  return NULL;
}

// hold(any 2-D floats): returns an opaque job, whose thread holds the view until finish(job)
static napi_value Hold(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argv[1], result = NULL;
  mv_request request;
  mv_error error;
  Job *job = calloc(1, sizeof *job);
  napi_get_cb_info(env, info, &count, argv, NULL, NULL);
  if (job == NULL) return NULL;
  mv_pin_module();
  mv_request_init(&request, "addon-holder");
  request.dtype = mv_dtype_make(MV_FLOAT, 32);
  request.ndim = 2;
  if (mv_from_js(env, argv[0], &request, &job->view, &error) != MV_OK) {
    mv_throw(env, "hold: the argument", &error);
    free(job);
    return NULL;
  }
  if ((job->view.flags & MV_JS_BORROWED) != 0) {
    mv_release(&job->view);
    free(job);
    napi_throw_type_error(env, "ERR_INVALID_ARG", "hold: the engine's memory is good for this call only");
    return NULL;
  }
  pthread_mutex_init(&job->mutex, NULL);
  pthread_cond_init(&job->changed, NULL);
  pthread_create(&job->thread, NULL, Work, job);
  napi_create_external(env, job, NULL, NULL, &result);
  return result;
}

// finish(job): lets the thread compute the sum and release the view, waits for it, and returns the sum
static napi_value Finish(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argv[1], result = NULL;
  void *data = NULL;
  napi_get_cb_info(env, info, &count, argv, NULL, NULL);
  if (napi_get_value_external(env, argv[0], &data) != napi_ok) return NULL;
  Job *job = data;
  pthread_mutex_lock(&job->mutex);
  job->go = 1;
  pthread_cond_signal(&job->changed);
  pthread_mutex_unlock(&job->mutex);
  pthread_join(job->thread, NULL);
  napi_create_double(env, job->sum, &result);
  pthread_cond_destroy(&job->changed);
  pthread_mutex_destroy(&job->mutex);
  free(job);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value value;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, Hold, NULL, &value);
  napi_set_named_property(env, exports, "hold", value);
  napi_create_function(env, "finish", NAPI_AUTO_LENGTH, Finish, NULL, &value);
  napi_set_named_property(env, exports, "finish", value);
  return exports;
}
