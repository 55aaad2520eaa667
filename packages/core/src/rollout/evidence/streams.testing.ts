/** Clients in a row, each of which fails with the same probability. */
export interface Streams {
  readonly seed: number;
  readonly count: number;
  readonly length: number;
  readonly rate: number;
}

/**
 * So many streams, each as the places (from 1) of its failing clients. Drawn as geometric gaps with xorshift32, so that streams of
 * healthy clients cost nothing.
 */
export function* streams({ seed, count, length, rate }: Streams): Generator<readonly number[]> {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  const fraction = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x100000000;
  };
  for (let stream = 0; stream < count; stream++) {
    const places: number[] = [];
    let place = 0;
    for (;;) {
      place += 1 + Math.floor(Math.log(1 - fraction()) / Math.log1p(-rate));
      if (place > length) break;
      places.push(place);
    }
    yield places;
  }
}
