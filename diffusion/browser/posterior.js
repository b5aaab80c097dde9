// The exact answer of one who knows a finite set by heart, as in diffusion/posterior.py: Bayes' rule over points x_i,
// equally likely beforehand. A point is an array of numbers, as many as all the others have.

const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);

export class Posterior {
  // RangeError if there are no points.
  constructor(schedule, points) {
    if (!points.length) throw new RangeError("a posterior needs at least one point");
    this.schedule = schedule;
    this.points = points;
    this.squares = points.map((point) => dot(point, point));
  }

  // p(i | x_t) = softmax_i(-|x_t - a x_i|^2 / (2 s^2)) with a = sqrt(alphaBar), s = sqrt(1 - alphaBar), at t in 1..T.
  probabilities(x, t) {
    const a = this.schedule.signal(t), variance = this.schedule.noise(t) ** 2;
    // |x - a x_i|^2 = |x|^2 - 2 a x.x_i + a^2 |x_i|^2; the first term is the same for all i.
    const scores = this.points.map((point, i) => (a * dot(x, point) - a ** 2 * this.squares[i] / 2) / variance);
    const most = Math.max(...scores), weights = scores.map((score) => Math.exp(score - most));
    const all = weights.reduce((sum, weight) => sum + weight);
    return weights.map((weight) => weight / all);
  }

  // E[x0 | x_t]: the mean of the points, each as likely as it is.
  expectedX0(x, t) {
    const p = this.probabilities(x, t);
    return x.map((_, k) => this.points.reduce((sum, point, i) => sum + p[i] * point[k], 0));
  }

  // The eps that follows: (x_t - a E[x0 | x_t]) / s.
  eps(x, t) {
    const a = this.schedule.signal(t), s = this.schedule.noise(t), x0 = this.expectedX0(x, t);
    return x.map((value, k) => (value - a * x0[k]) / s);
  }
}
