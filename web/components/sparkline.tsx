/** A small chart of a trend. */

/** In pixels. */
const WIDTH = 84;
const HEIGHT = 24;

/** @param label says the values, for people who do not see the line */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return null;
  const most = Math.max(...values, 1);
  // Half of the smallest is the floor: small changes show, and a doubling still looks like one.
  const least = Math.min(...values) / 2;
  const points = values.map((value, index) => {
    const x = 2 + (index / (values.length - 1)) * (WIDTH - 4);
    const y = HEIGHT - 3 - ((value - least) / (most - least)) * (HEIGHT - 6);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const [endX, endY] = (points.at(-1) ?? '').split(',');
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} style={{ display: 'block' }}>
      <polyline points={points.join(' ')} fill="none" stroke="var(--lineup-idle)" strokeWidth="1.5" />
      <circle cx={endX} cy={endY} r="2.5" fill="var(--lineup-good)" />
    </svg>
  );
}
