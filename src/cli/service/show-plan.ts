/** A plan as a person reviews it, and as a program reads it. Neither holds credentials. */
import type { Change, Plan, Step } from '../../plan/plan.ts';
import { paint, safe } from '../output.ts';

const marks = { create: ['+', 'green'], change: ['~', 'yellow'], delete: ['-', 'red'] } as const;

export const nameOf = (step: Step): string => {
  const thing = step.action === 'delete' ? step.there : step.wanted;
  return 'label' in thing ? thing.label : thing.name;
};

const changesOf = (step: Step): readonly Change[] => (step.action === 'change' ? step.changes : []);

const replacesSecret = (step: Step): boolean =>
  step.action === 'change' && step.kind === 'authorization' && step.replaceSecret;

export function describeStep(step: Step): string {
  const [mark, colour] = marks[step.action];
  return `${paint(colour, mark)} ${step.action} ${step.kind} "${safe(nameOf(step))}"`;
}

export function describePlan(plan: Plan): string {
  const lines = plan.steps.flatMap((step) => [
    describeStep(step),
    ...changesOf(step).map(
      ({ key, before, after }) => `    ${safe(key)}: ${shown(before)} → ${shown(after)}`,
    ),
    ...(replacesSecret(step) ? ['    credentials: replaced by those of the environment'] : []),
  ]);
  const others = plan.others.map(({ kind, name }) => `${kind} "${safe(name)}"`).join(', ');
  return [
    ...(lines.length > 0 ? lines : ['Nothing is to be done.']),
    `${plan.unchanged} as the file says already.`,
    ...(others ? [`Not in the file, and left as they are: ${others}.`] : []),
  ].join('\n');
}

export const planDocument = (plan: Plan): Record<string, unknown> => ({
  steps: plan.steps.map((step) => ({
    action: step.action,
    kind: step.kind,
    name: nameOf(step),
    changes: changesOf(step),
    replacesCredentials: replacesSecret(step),
  })),
  unchanged: plan.unchanged,
  others: plan.others,
});

const shown = (value: unknown): string => safe(value === null ? 'none' : String(value));
