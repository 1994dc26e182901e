/** The settings among which the adaptive policy chooses: plain data, so that one structure can be any of them. */

export interface Setting {
  /** The small queue's share of the whole. */
  readonly share: number
  /** Who was used in the small queue has another round there. */
  readonly keeps: boolean
  /** Who was used in the small queue moves to the main one. */
  readonly promotes: boolean
  /** Who was not used there may still take the place of one in the main queue that was asked for less often. */
  readonly contests: boolean
  /** Who comes back before so many others left, in sizes of the main queue, goes straight there. */
  readonly recall: number
}

/** A frequency filter with a window of that share. */
const filter = (share: number, keeps = false): Setting => ({
  share,
  keeps,
  promotes: false,
  contests: true,
  recall: 0,
})
/** A rule of queues: a use while waiting, or a soon return, is what counts. */
const queue = (share: number, recall: number): Setting => ({
  share,
  keeps: false,
  promotes: true,
  contests: false,
  recall,
})
/** All three doors to the main queue are open. */
const open = (share: number, recall: number): Setting => ({
  share,
  keeps: false,
  promotes: true,
  contests: true,
  recall,
})

export const SETTINGS: readonly Setting[] = [
  filter(0.01),
  filter(0.05),
  queue(0.01, 0.5),
  queue(0.01, 2),
  open(0.2, 0.5),
  open(0.4, 1),
  open(0.8, 0),
  filter(0.8, true),
]

/** The one to begin with: it did best where little time was left to choose another. */
export const FIRST_SETTING = 2
