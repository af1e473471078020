/** The levels of audiences, the worst first, as the overview shows them. */
import type { HealthLevel } from '../../../src/contracts/health-report.ts';
import type { Tone } from '../../components/status.tsx';

export const tones: Readonly<Record<HealthLevel, Tone>> = {
  needs_person: 'bad',
  worth_a_look: 'care',
  healthy: 'good',
};
export const levels = Object.keys(tones) as HealthLevel[];
