/** What the lines, bars and shapes of a chart mean. */
import { type ChartSeries, type MarkKind, markStyles, type Tone, tones } from './model.ts';

/** A short piece of the line, or of a bar. */
export function Swatch({ tone, as }: { tone: Tone; as: ChartSeries['as'] }) {
  const { colour, dash } = tones[tone];
  return (
    <svg width={18} height={10} aria-hidden="true">
      {as === 'bars' ? (
        <rect x={4} y={0} width={10} height={10} rx={2} fill={`var(${colour})`} />
      ) : (
        <path d="M0 5H18" stroke={`var(${colour})`} strokeWidth={2.5} strokeDasharray={dash.join(' ')} />
      )}
    </svg>
  );
}

/** The line that the guard draws. */
export const LineSwatch = () => (
  <svg width={18} height={10} aria-hidden="true">
    <path d="M0 5H18" stroke="var(--lineup-bad)" strokeWidth={2} strokeDasharray="10 3 2 3" />
  </svg>
);

export function MarkShape({ kind }: { kind: MarkKind }) {
  const { shape, isSolid, colour } = markStyles[kind];
  const paint = `var(${colour})`;
  return (
    <svg width={10} height={10} aria-hidden="true">
      <path d={shape} fill={isSolid ? paint : 'none'} stroke={isSolid ? 'none' : paint} strokeWidth={2} />
    </svg>
  );
}
