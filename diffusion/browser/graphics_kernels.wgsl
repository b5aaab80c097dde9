// The kernels of kernels.c, for the graphics processor: the same layers, of pictures that lie the same way, with the
// weights in plain order, [tap][in][out]. Offsets and numbers of channels count fours of numbers, unless it is said.

struct Task {
  reads: u32,      // where what is read begins
  beside: u32,     // what is added or joined; 0 for nothing
  writes: u32,
  weights: u32,    // of a product; of a normalisation its gain
  bias: u32,
  film: u32,       // scale and shift of each picture; 0 for none
  count: u32,      // pictures
  side: u32,       // of each, without a border
  taps: u32,       // along a side of a filter, 1 or 3
  n_in: u32,
  n_out: u32,
  channels: u32,   // of numbers, those that are not there as padding
  groups: u32,
}

@group(0) @binding(0) var<storage, read_write> numbers: array<vec4f>;
@group(0) @binding(1) var<uniform> task: Task;

// ---- products: a 3x3 convolution, or with one tap a matrix. 8x8 threads make 32 places of 32 outputs, each 4 of 4.

const TILE = 32u;
var<workgroup> places: array<vec4f, 64>;    // [32 places][2 fours of inputs]
var<workgroup> columns: array<vec4f, 64>;   // [8 inputs][8 fours of outputs]

@compute @workgroup_size(8, 8)
fn convolve(
  @builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) own: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let area = task.side * task.side;
  let rows = task.count * area;
  let pitch = task.side + task.taps - 1;
  let row = min(tile.y * TILE + index / 2, rows - 1);
  let corner = ((row / area * pitch + row % area / task.side) * pitch + row % task.side) * task.n_in;
  let out = tile.x * (TILE / 4) + index % 8;
  var sums: array<vec4f, 4>;
  for (var tap = 0u; tap < task.taps * task.taps; tap++) {
    let start = task.reads + corner + (tap / task.taps * pitch + tap % task.taps) * task.n_in;
    for (var i = 0u; i < task.n_in; i += 2) {
      workgroupBarrier();
      places[index] = numbers[start + i + index % 2];
      let weight = task.weights + (tap * task.n_in * 4 + i * 4 + index / 8) * task.n_out + out;
      if (out < task.n_out) { columns[index] = numbers[weight]; }
      workgroupBarrier();
      for (var half = 0u; half < 2; half++) {
        let at = half * 32 + own.x;
        for (var k = 0u; k < 4; k++) {
          let x = places[(own.y * 4 + k) * 2 + half];
          sums[k] += x.x * columns[at] + x.y * columns[at + 8] + x.z * columns[at + 16] + x.w * columns[at + 24];
        }
      }
    }
  }
  let column = tile.x * (TILE / 4) + own.x;
  if (column >= task.n_out) { return; }
  for (var k = 0u; k < 4; k++) {
    let place = tile.y * TILE + own.y * 4 + k;
    if (place >= rows) { return; }
    var sum = sums[k] + numbers[task.bias + column];
    if (task.beside > 0) { sum += numbers[task.beside + place * task.n_out + column]; }
    numbers[task.writes + place * task.n_out + column] = sum;
  }
}

// ---- GroupNorm, the embedding's scale and shift, and SiLU, into a picture with a border: 256 threads a picture.

const THREADS = 256u;
var<workgroup> parts: array<vec4f, THREADS>;   // what threads have summed up; then shifts, [four of channels]
var<workgroup> means: array<f32, 4 * THREADS>;
var<workgroup> spreads: array<f32, 4 * THREADS>;

// With `squared` the sums of squares about the means, else the plain sums: each channel's, in parts[four].
fn sum_up(start: u32, index: u32, squared: bool) {
  let n = task.n_in;
  let lanes = THREADS / n;   // threads that share a four of channels
  let four = index % n;
  let lane = index / n;
  var sum = vec4f();
  if (lane < lanes) {
    let mean = vec4f(means[4 * four], means[4 * four + 1], means[4 * four + 2], means[4 * four + 3]);
    for (var place = lane; place < task.side * task.side; place += lanes) {
      let x = numbers[start + place * n + four];
      if (squared) { sum += (x - mean) * (x - mean); } else { sum += x; }
    }
  }
  workgroupBarrier();
  parts[index] = sum;
  workgroupBarrier();
  if (index >= n) { return; }
  for (var other = 1u; other < lanes; other++) { parts[index] += parts[other * n + index]; }
}

// The mean over a group of what its channels sum up to.
fn mean_of_group(group: u32) -> f32 {
  let size = task.channels / task.groups;
  var sum = 0.0;
  for (var c = group * size; c < (group + 1) * size; c++) { sum += parts[c / 4][c % 4]; }
  return sum / f32(size * task.side * task.side);
}

@compute @workgroup_size(THREADS)
fn normalise(@builtin(workgroup_id) picture: vec3u, @builtin(local_invocation_index) index: u32) {
  let n = task.n_in;
  let size = task.channels / task.groups;
  let start = task.reads + picture.x * task.side * task.side * n;
  sum_up(start, index, false);
  workgroupBarrier();
  for (var group = index; group < task.groups; group += THREADS) {
    let mean = mean_of_group(group);
    for (var c = group * size; c < (group + 1) * size; c++) { means[c] = mean; }
  }
  workgroupBarrier();
  sum_up(start, index, true);
  workgroupBarrier();
  for (var group = index; group < task.groups; group += THREADS) {
    let scale = inverseSqrt(mean_of_group(group) + 1e-5);
    for (var c = group * size; c < (group + 1) * size; c++) { spreads[c] = scale; }
  }
  workgroupBarrier();
  if (index < n) {
    let at = 4 * index;
    let mean = vec4f(means[at], means[at + 1], means[at + 2], means[at + 3]);
    var scale = vec4f(spreads[at], spreads[at + 1], spreads[at + 2], spreads[at + 3]) * numbers[task.weights + index];
    var shift = numbers[task.bias + index] - mean * scale;
    if (task.film > 0) {
      let film = task.film + 2 * n * picture.x + index;
      shift = shift * (1 + numbers[film]) + numbers[film + n];
      scale *= 1 + numbers[film];
    }
    parts[index] = shift;
    for (var k = 0u; k < 4; k++) { spreads[at + k] = scale[k]; }
  }
  workgroupBarrier();
  let pitch = task.side + 2;
  for (var i = index; i < pitch * pitch * n; i += THREADS) {
    let four = i % n;
    let row = i / n / pitch;
    let column = i / n % pitch;
    var y = vec4f();
    if (row > 0 && row <= task.side && column > 0 && column <= task.side) {
      let at = 4 * four;
      let scale = vec4f(spreads[at], spreads[at + 1], spreads[at + 2], spreads[at + 3]);
      let x = numbers[start + ((row - 1) * task.side + column - 1) * n + four] * scale + parts[four];
      y = x / (1 + exp(min(-x, vec4f(80))));
    }
    numbers[task.writes + picture.x * pitch * pitch * n + i] = y;
  }
}

// ---- from level to level

// Where a place of a picture lies once quarters of 2x2 places lie one after another; row: counted over all pictures.
fn quartered(row: u32, column: u32) -> u32 {
  return 4 * (row / 2 * (task.side / 2) + column / 2) + row % 2 * 2 + column % 2;
}

@compute @workgroup_size(64)
fn shrink(@builtin(global_invocation_id) own: vec3u) {
  let place = own.x / task.n_in;
  if (place >= task.count * task.side * task.side) { return; }
  let to = quartered(place / task.side, place % task.side);
  numbers[task.writes + to * task.n_in + own.x % task.n_in] = numbers[task.reads + own.x];
}

@compute @workgroup_size(64)
fn join(@builtin(global_invocation_id) own: vec3u) {
  let place = own.x / task.n_out;
  if (place >= task.count * task.side * task.side) { return; }
  let source = task.reads + quartered(place / task.side, place % task.side) * task.n_in;
  let beside = task.beside + place * task.n_in;
  var y = vec4f();
  for (var k = 0u; k < 4; k++) {
    let c = own.x % task.n_out * 4 + k;
    let d = c - task.channels;
    if (c < task.channels) { y[k] = numbers[source + c / 4][c % 4]; }
    else if (d < task.channels) { y[k] = numbers[beside + d / 4][d % 4]; }
  }
  numbers[task.writes + own.x] = y;
}
