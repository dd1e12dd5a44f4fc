/* The tutorial's training in plain C, layer by layer as a library would do it, for any sizes: a hidden ReLU layer, one
   sigmoid output, binary cross-entropy, Adam as Keras has it, unit norm on the hidden kernel or none, and the test set
   evaluated after every epoch. One batch an epoch.

   cc -O3 -march=native -ffast-math -shared -fPIC loop.c -o loop.so -lm */
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int inputs, units;
    float *kernel, *bias;                      /* inputs x units; units: the caller's */
    float *kernel_gradient, *bias_gradient;    /* and what Adam keeps: */
    float *kernel_m, *kernel_v, *bias_m, *bias_v;
} Dense;

static float *zeros(int n) { return calloc(n, sizeof(float)); }

static Dense dense(int inputs, int units, float *kernel, float *bias) {
    const int n = inputs * units;
    return (Dense){inputs,   units,    kernel,   bias,         zeros(n),
                   zeros(units), zeros(n), zeros(n), zeros(units), zeros(units)};
}

static void drop(Dense *d) {
    float *own[] = {d->kernel_gradient, d->bias_gradient, d->kernel_m, d->kernel_v, d->bias_m, d->bias_v};
    for (int i = 0; i < 6; i++) free(own[i]);
}

/* z = x kernel + bias */
static void forward(const Dense *d, int rows, const float *restrict x, float *restrict z) {
    for (int r = 0; r < rows; r++) {
        float *restrict out = z + r * d->units;
        memcpy(out, d->bias, d->units * sizeof(float));
        for (int i = 0; i < d->inputs; i++) {
            const float a = x[r * d->inputs + i], *restrict w = d->kernel + i * d->units;
            for (int u = 0; u < d->units; u++) out[u] += a * w[u];
        }
    }
}

static void relu(int n, const float *restrict z, float *restrict h) {
    for (int i = 0; i < n; i++) h[i] = z[i] > 0 ? z[i] : 0;
}

/* The gradients of kernel and bias from dz, that of what came in. */
static void backward(Dense *d, int rows, const float *restrict x, const float *restrict dz) {
    memset(d->kernel_gradient, 0, sizeof(float) * d->inputs * d->units);
    memset(d->bias_gradient, 0, sizeof(float) * d->units);
    for (int r = 0; r < rows; r++) {
        const float *restrict out = dz + r * d->units;
        for (int u = 0; u < d->units; u++) d->bias_gradient[u] += out[u];
        for (int i = 0; i < d->inputs; i++) {
            const float a = x[r * d->inputs + i];
            float *restrict g = d->kernel_gradient + i * d->units;
            for (int u = 0; u < d->units; u++) g[u] += a * out[u];
        }
    }
}

static void adam(int n, float *restrict value, const float *restrict g, float *restrict m, float *restrict v,
                 float alpha) {
    for (int i = 0; i < n; i++) {
        m[i] += (g[i] - m[i]) * (1 - 0.9f);
        v[i] += (g[i] * g[i] - v[i]) * (1 - 0.999f);
        value[i] -= m[i] * alpha / (sqrtf(v[i]) + 1e-7f);
    }
}

static void update(Dense *d, float alpha) {
    adam(d->inputs * d->units, d->kernel, d->kernel_gradient, d->kernel_m, d->kernel_v, alpha);
    adam(d->units, d->bias, d->bias_gradient, d->bias_m, d->bias_v, alpha);
}

/* Scales every unit's incoming weights to length 1. */
static void to_unit_norm(Dense *d, float *restrict norm) {
    memset(norm, 0, sizeof(float) * d->units);
    for (int i = 0; i < d->inputs; i++)
        for (int u = 0; u < d->units; u++) norm[u] += d->kernel[i * d->units + u] * d->kernel[i * d->units + u];
    for (int u = 0; u < d->units; u++) norm[u] = 1e-7f + sqrtf(norm[u]);
    for (int i = 0; i < d->inputs; i++)
        for (int u = 0; u < d->units; u++) d->kernel[i * d->units + u] /= norm[u];
}

/* Mean binary cross-entropy and accuracy. */
static void measure(int rows, const float *logits, const int *y, float *accuracy, float *loss) {
    float total = 0;
    int right = 0;
    for (int r = 0; r < rows; r++) {
        const float z = logits[r];
        total += (z > 0 ? z : 0) - z * y[r] + log1pf(expf(-fabsf(z)));
        right += (z > 0) == y[r];
    }
    *accuracy = (float)right / rows;
    *loss = total / rows;
}

/* Trains `epochs` epochs. kernel: inputs x units; bias, output: units; output_bias: 1: all are trained in place;
   x: rows x inputs; order: epochs x train_rows;
   figures: epochs x 4 (train accuracy, test accuracy, train loss, test loss). Returns 0. */
int train(int inputs, int units, int train_rows, const float *train_x, const int *train_y, int test_rows,
           const float *test_x, const int *test_y, int epochs, const int *order, float rate, int unit_norm,
           float *kernel, float *bias, float *output_kernel, float *output_bias, float *figures) {
    const int most = train_rows > test_rows ? train_rows : test_rows;
    Dense hidden = dense(inputs, units, kernel, bias), output = dense(units, 1, output_kernel, output_bias);
    float *x = zeros(train_rows * inputs), *z = zeros(most * units), *h = zeros(most * units), *logits = zeros(most);
    float *dz = zeros(train_rows * units), *dlogits = zeros(train_rows), *norm = zeros(units);
    int *y = calloc(train_rows, sizeof(int));
    double power_1 = 1, power_2 = 1;
    for (int e = 0; e < epochs; e++, order += train_rows, figures += 4) {
        for (int r = 0; r < train_rows; r++) {
            memcpy(x + r * inputs, train_x + order[r] * inputs, inputs * sizeof(float));
            y[r] = train_y[order[r]];
        }
        forward(&hidden, train_rows, x, z);
        relu(train_rows * units, z, h);
        for (int r = 0; r < train_rows; r++) { /* one unit: a scalar product for each row */
            float sum = output_bias[0];
            for (int u = 0; u < units; u++) sum += h[r * units + u] * output_kernel[u];
            logits[r] = sum;
        }
        measure(train_rows, logits, y, &figures[0], &figures[2]);

        for (int r = 0; r < train_rows; r++) {
            dlogits[r] = (1 / (1 + expf(-logits[r])) - y[r]) / train_rows;
            for (int u = 0; u < units; u++)
                dz[r * units + u] = z[r * units + u] > 0 ? dlogits[r] * output_kernel[u] : 0;
        }
        memset(output.kernel_gradient, 0, sizeof(float) * units);
        output.bias_gradient[0] = 0;
        for (int r = 0; r < train_rows; r++) {
            output.bias_gradient[0] += dlogits[r];
            for (int u = 0; u < units; u++) output.kernel_gradient[u] += h[r * units + u] * dlogits[r];
        }
        backward(&hidden, train_rows, x, dz);

        power_1 *= 0.9;
        power_2 *= 0.999;
        const float alpha = rate * sqrt(1 - power_2) / (1 - power_1);
        update(&hidden, alpha);
        update(&output, alpha);
        if (unit_norm) to_unit_norm(&hidden, norm);

        forward(&hidden, test_rows, test_x, z);
        relu(test_rows * units, z, h);
        for (int r = 0; r < test_rows; r++) {
            float sum = output_bias[0];
            for (int u = 0; u < units; u++) sum += h[r * units + u] * output_kernel[u];
            logits[r] = sum;
        }
        measure(test_rows, logits, test_y, &figures[1], &figures[3]);
    }
    drop(&hidden);
    drop(&output);
    void *scratch[] = {x, z, h, logits, dz, dlogits, norm, y};
    for (int i = 0; i < 8; i++) free(scratch[i]);
    return 0;
}
