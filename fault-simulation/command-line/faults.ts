/** Makes the faults of a plan happen to machines and commands: at their steps, and around the entries of journals. */
import type { Timeline } from '../engine/timeline.ts';
import { VanishedError } from '../engine/timeline.ts';
import type { DestinationSide } from '../world/destinations/side.ts';
import type { When } from '../world/planned-faults.ts';
import { TimedFaults } from '../world/timed-faults.ts';
import type { Command } from './command.ts';
import type { Machine } from './machine.ts';
import type { CommandLinePlan, Fault } from './plan.ts';

type TimedFault = Extract<Fault, { when: When }>;

export interface FaultTargets {
  readonly timeline: Timeline;
  /** The commands that run, in the order of their starts. */
  readonly commands: () => readonly Command[];
  /** The machine where people work now. */
  readonly machine: () => Machine;
  /** Gives people another machine, without the files of the first. */
  readonly changeMachine: () => Machine;
  readonly destination: DestinationSide;
  /** The audience of an export, once it has one. */
  readonly audienceOf: (job: number) => string | undefined;
  readonly random: () => number;
}

export class CommandLineFaults {
  /** How often each kind has happened. */
  readonly counts = new Map<string, number>();
  /** The entries of journals around which a command was killed, or its machine went off. */
  readonly killedAt = new Set<string>();
  readonly #targets: FaultTargets;
  readonly #timed: TimedFaults<TimedFault, string>;

  constructor(plan: CommandLinePlan, targets: FaultTargets) {
    this.#targets = targets;
    this.#timed = new TimedFaults(plan.faults.filter((fault) => 'when' in fault));
  }

  /** Before each step. */
  onStep(): void {
    const { steps } = this.#targets.timeline;
    for (const { fault, process } of this.#timed.atStep(steps)) this.#apply(fault, process);
  }

  /** A process syncs an entry of its journal. */
  aroundEntry(process: string, entry: string, sync: () => void): void {
    const apply = (faults: readonly TimedFault[], place: string) => {
      for (const fault of faults) this.#apply(fault, process, place);
      if (this.#targets.commands().every((command) => command.process.name !== process)) throw new VanishedError();
    };
    apply(this.#timed.beforeEntry(), `${entry} before`);
    sync();
    apply(this.#timed.afterEntry(), `${entry} after`);
    this.#timed.onAnswer(process);
  }

  /** No further fault happens, and what is broken works again. */
  calm(): void {
    this.#timed.clear();
    const machine = this.#targets.machine();
    machine.clockErrorMs = 0;
    machine.disk.isFull = false;
    for (const { process } of this.#targets.commands()) {
      process.clockErrorMs = 0;
      process.frozenUntil = 0;
    }
  }

  #apply(fault: TimedFault, process?: string, place?: string): void {
    const { timeline, commands, machine, random } = this.#targets;
    const all = commands();
    const command = all.find((running) => running.process.name === process) ?? all[Math.floor(random() * all.length)];
    const isOfCommand = fault.kind === 'kill' || fault.kind === 'interrupt';
    if (isOfCommand && !command) return;
    timeline.onEvent(command?.process ?? null, `FAULT ${fault.kind}`);
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    const here = machine();
    switch (fault.kind) {
      case 'kill':
        if (place) this.killedAt.add(place);
        command!.kill();
        return;
      case 'interrupt':
        timeline.schedule(command!.process, 'Ctrl-C', 0, () => command!.interrupt());
        return;
      case 'power_loss':
        if (place) this.killedAt.add(place);
        for (const command of all) command.kill();
        here.losePower();
        here.downUntil = timeline.now + fault.downMs;
        return;
      case 'machine_lost':
        for (const command of all) command.kill();
        this.#targets.changeMachine().downUntil = timeline.now + fault.downMs;
        return;
      case 'freeze':
        for (const command of all) command.process.frozenUntil = timeline.now + fault.forMs;
        return;
      case 'clock':
        here.clockErrorMs += fault.byMs;
        for (const command of all) command.process.clockErrorMs = here.clockErrorMs;
        return;
      case 'disk_full':
        here.disk.isFull = true;
        timeline.schedule(null, 'repair', fault.forMs, () => {
          here.disk.isFull = false;
        });
        return;
      case 'staged_lost':
        here.loseStagedFiles();
        return;
      case 'audience_deleted':
      case 'audience_renamed':
      case 'key_revoked':
        this.#targets.destination.suffer(fault, this.#targets.audienceOf);
        return;
    }
  }
}
