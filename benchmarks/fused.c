/* The arithmetic of loop.c once more, fused by hand for two inputs and one output: what this processor can do at best. */
#include <math.h>
#include <stdlib.h>

enum { MAX_ROWS = 512, MAX_UNITS = 4096 };

typedef struct {
    float kernel[2][MAX_UNITS], bias[MAX_UNITS], output[MAX_UNITS], output_bias;
} Weights;

/* Logits of `rows` examples; what the hidden layer gives goes to `hidden`, rows x units. */
static void forward(const Weights *w, int units, int rows, const float (*x)[2], float *hidden, float *logits) {
    for (int r = 0; r < rows; r++) {
        const float a = x[r][0], b = x[r][1];
        float sum = 0;
        for (int u = 0; u < units; u++) {
            const float z = a * w->kernel[0][u] + b * w->kernel[1][u] + w->bias[u];
            const float h = z > 0 ? z : 0;
            hidden[r * units + u] = h;
            sum += h * w->output[u];
        }
        logits[r] = sum + w->output_bias;
    }
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

static void adam(int n, float *value, const float *gradient, float *m, float *v, float alpha) {
    for (int i = 0; i < n; i++) {
        m[i] += (gradient[i] - m[i]) * (1 - 0.9f);
        v[i] += (gradient[i] * gradient[i] - v[i]) * (1 - 0.999f);
        value[i] -= m[i] * alpha / (sqrtf(v[i]) + 1e-7f);
    }
}

/* As `train` of loop.c; returns 0, or 1 if the network does not fit. */
int train(int inputs, int units, int train_rows, const float (*train_x)[2], const int *train_y, int test_rows,
          const float (*test_x)[2], const int *test_y, int epochs, const int *order, float rate, int unit_norm,
          float *kernel, float *bias, float *output, float *output_bias, float *figures) {
    if (inputs != 2 || units > MAX_UNITS || train_rows > MAX_ROWS || test_rows > MAX_ROWS) return 1;
    Weights *w = calloc(4, sizeof *w), *gradient = w + 1, *m = w + 2, *v = w + 3;
    float *hidden = malloc(sizeof(float) * units * (train_rows > test_rows ? train_rows : test_rows));
    if (!w || !hidden) return 1;
    float x[MAX_ROWS][2], logits[MAX_ROWS];
    int y[MAX_ROWS];
    double power_1 = 1, power_2 = 1;
    for (int u = 0; u < units; u++) {
        w->kernel[0][u] = kernel[u];
        w->kernel[1][u] = kernel[units + u];
        w->bias[u] = bias[u];
        w->output[u] = output[u];
    }
    w->output_bias = *output_bias;
    for (int e = 0; e < epochs; e++, order += train_rows, figures += 4) {
        for (int r = 0; r < train_rows; r++) {
            x[r][0] = train_x[order[r]][0];
            x[r][1] = train_x[order[r]][1];
            y[r] = train_y[order[r]];
        }
        forward(w, units, train_rows, x, hidden, logits);
        measure(train_rows, logits, y, &figures[0], &figures[2]);

        for (int u = 0; u < units; u++)
            gradient->kernel[0][u] = gradient->kernel[1][u] = gradient->bias[u] = gradient->output[u] = 0;
        gradient->output_bias = 0;
        for (int r = 0; r < train_rows; r++) {
            const float d = (1 / (1 + expf(-logits[r])) - y[r]) / train_rows, a = x[r][0], b = x[r][1];
            gradient->output_bias += d;
            for (int u = 0; u < units; u++) {
                const float h = hidden[r * units + u], dh = h > 0 ? d * w->output[u] : 0;
                gradient->output[u] += d * h;
                gradient->kernel[0][u] += dh * a;
                gradient->kernel[1][u] += dh * b;
                gradient->bias[u] += dh;
            }
        }

        power_1 *= 0.9;
        power_2 *= 0.999;
        const float alpha = rate * sqrt(1 - power_2) / (1 - power_1);
        adam(units, w->kernel[0], gradient->kernel[0], m->kernel[0], v->kernel[0], alpha);
        adam(units, w->kernel[1], gradient->kernel[1], m->kernel[1], v->kernel[1], alpha);
        adam(units, w->bias, gradient->bias, m->bias, v->bias, alpha);
        adam(units, w->output, gradient->output, m->output, v->output, alpha);
        adam(1, &w->output_bias, &gradient->output_bias, &m->output_bias, &v->output_bias, alpha);
        if (unit_norm)
            for (int u = 0; u < units; u++) {
                const float a = w->kernel[0][u], b = w->kernel[1][u], scale = 1 / (1e-7f + sqrtf(a * a + b * b));
                w->kernel[0][u] = a * scale;
                w->kernel[1][u] = b * scale;
            }

        forward(w, units, test_rows, test_x, hidden, logits);
        measure(test_rows, logits, test_y, &figures[1], &figures[3]);
    }
    for (int u = 0; u < units; u++) {
        kernel[u] = w->kernel[0][u];
        kernel[units + u] = w->kernel[1][u];
        bias[u] = w->bias[u];
        output[u] = w->output[u];
    }
    *output_bias = w->output_bias;
    free(w);
    free(hidden);
    return 0;
}
