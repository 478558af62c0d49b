/** Steps that can be undone and redone; each is a pair of functions. Old ones are dropped beyond `most`. */
export class History {
  constructor(most = 200) {
    this.most_ = most;
    this.done_ = [];
    this.undone_ = [];
  }

  /** Remembers a step that was just done. What was undone before can't be redone any more. */
  push(step) {
    this.done_.push(step);
    if (this.done_.length > this.most_) this.done_.shift();
    this.undone_ = [];
  }

  get canUndo() {
    return this.done_.length > 0;
  }

  get canRedo() {
    return this.undone_.length > 0;
  }

  /** Takes the last step back; false where there is none. */
  undo() {
    return this.shift_(this.done_, this.undone_, "undo");
  }

  /** Does again what was undone last; false where there is none. */
  redo() {
    return this.shift_(this.undone_, this.done_, "redo");
  }

  shift_(from, to, what) {
    const step = from.pop();
    if (!step) return false;
    step[what]();
    to.push(step);
    return true;
  }
}
