// Numbers about voxels.

/** Mean, standard deviation and count of the values where `inside(index)` holds. */
export function statistics(values, inside = () => true) {
  let count = 0;
  let sum = 0;
  let squares = 0;
  values.forEach((value, at) => {
    if (!inside(at)) return;
    count += 1;
    sum += value;
    squares += value * value;
  });
  const mean = sum / count;
  return { count, mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** Whether a voxel and all its six neighbours carry `label`: the region without its rim, where organs blur. */
export function interior(labels, [ni, nj, nk], label) {
  const steps = [1, -1, ni, -ni, ni * nj, -ni * nj];
  return (at) => {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    if (i === 0 || j === 0 || k === 0 || i === ni - 1 || j === nj - 1 || k === nk - 1) return false;
    return labels[at] === label && steps.every((step) => labels[at + step] === label);
  };
}

/** The cube of edge `edge` whose values vary least for their mean, among those at least `share` as bright as the whole. */
export function uniformCube(values, [ni, nj, nk], edge, share) {
  const floor = share * statistics(values, (at) => values[at] > 0).mean;
  let best = null;
  const step = Math.max(1, Math.floor(edge / 2));
  for (let k = 0; k + edge <= nk; k += step)
    for (let j = 0; j + edge <= nj; j += step)
      for (let i = 0; i + edge <= ni; i += step) {
        const inside = cube([i, j, k], edge, [ni, nj]);
        const { mean, deviation } = cubeStatistics(values, [i, j, k], edge, [ni, nj]);
        if (mean >= floor && (best === null || deviation / mean < best.variation))
          best = { variation: deviation / mean, start: [i, j, k], inside };
      }
  return best;
}

function cube([i0, j0, k0], edge, [ni, nj]) {
  const within = (value, start) => value >= start && value < start + edge;
  return (at) => within(at % ni, i0) && within(Math.floor(at / ni) % nj, j0) && within(Math.floor(at / (ni * nj)), k0);
}

function cubeStatistics(values, [i0, j0, k0], edge, [ni, nj]) {
  const part = [];
  for (let k = k0; k < k0 + edge; k++)
    for (let j = j0; j < j0 + edge; j++) for (let i = i0; i < i0 + edge; i++) part.push(values[i + ni * (j + nj * k)]);
  return statistics(part);
}
