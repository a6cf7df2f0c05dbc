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

/** The cube of `edge` voxels that varies least for its mean, among those `times` as bright as the average positive voxel. */
export function uniformCube(values, dims, edge, times) {
  const floor = times * statistics(values, (at) => values[at] > 0).mean;
  const starts = dims.map((size) => Array.from({ length: size - edge + 1 }, (_, at) => at).filter((at) => at % 2 === 0));
  let best = null;
  for (const k of starts[2])
    for (const j of starts[1])
      for (const i of starts[0]) {
        const part = cube(values, dims, [i, j, k], edge);
        const { mean, deviation } = statistics(part);
        if (mean >= floor && (best === null || deviation / mean < best.variation))
          best = { variation: deviation / mean, start: [i, j, k] };
      }
  return best?.start ?? null;
}

/** The values of a cube. */
export function cube(values, [ni, nj], [i0, j0, k0], edge) {
  const part = [];
  for (let k = k0; k < k0 + edge; k++)
    for (let j = j0; j < j0 + edge; j++) for (let i = i0; i < i0 + edge; i++) part.push(values[i + ni * (j + nj * k)]);
  return part;
}
