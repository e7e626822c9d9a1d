//! The people: a compact record of each, in one arena with lists through it.
//!
//! Not here: what they do (`walk`, `pass`).
//! Invariant: a record is in exactly one list: of the free, of those who wait for a step, of a link's queue, of a gate's.

/// No person.
pub(crate) const NOBODY: u32 = u32::MAX;
/// The stage of a person who is on the way out.
pub(crate) const LEAVING: u8 = u8::MAX;

/// One person; 24 bytes. What is not here is drawn again from `number` when needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// The person's number under the seed: the key of every draw.
    pub(crate) number: u32,
    /// The next in the list.
    next: u32,
    /// When the present doing ends, tenths of a second after the start.
    pub(crate) ready_ds: u32,
    pub(crate) zone: u16,
    /// The zone of the place the person goes to or is at.
    pub(crate) goal: u16,
    /// The gate the person comes or goes by.
    pub(crate) gate: u16,
    /// The arc the person goes to; while staying, what is left of the stay after the present piece, in steps of 6 s.
    pub(crate) port: u16,
    /// Free speed on the level, hundredths of m/s.
    pub(crate) pace_cm_s: u8,
    /// Visits tried so far, or [`LEAVING`].
    pub(crate) stage: u8,
    /// Purpose and class of obedience, four bits each.
    kind: u8,
    pub(crate) doing: Doing,
}

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// On the way to a gate from outside.
    Outside,
    /// Outside a metered gate.
    Metered,
    /// Walking to the end of an arc's zone.
    Walking,
    /// Waiting to pass an arc.
    Waiting,
    /// Walking to the spot in the zone of the goal.
    Arriving,
    /// At a place.
    Staying,
    /// Walking to the gate.
    GoingOut,
}

impl Person {
    pub(crate) fn new(number: u32, (gate, zone): (u16, u16), (purpose, class): (u8, u8)) -> Self {
        Self {
            number,
            next: NOBODY,
            ready_ds: 0,
            zone,
            goal: zone,
            gate,
            port: 0,
            pace_cm_s: 120,
            stage: 0,
            kind: purpose << 4 | class & 15,
            doing: Doing::Outside,
        }
    }

    pub(crate) fn with_purpose(self, purpose: u8) -> Self {
        Self { kind: purpose << 4 | self.kind & 15, ..self }
    }

    pub(crate) fn purpose(&self) -> usize {
        usize::from(self.kind >> 4)
    }

    pub(crate) fn class(&self) -> u8 {
        self.kind & 15
    }
}

/// A list of people, first come first served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    first: u32,
    last: u32,
    pub(crate) len: u32,
}

impl Line {
    pub(crate) const EMPTY: Self = Self { first: NOBODY, last: NOBODY, len: 0 };

    pub(crate) fn first(&self) -> Option<u32> {
        (self.first != NOBODY).then_some(self.first)
    }
}

/// The arena and the calendar of what ends when.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    pub(crate) people: Vec<Person>,
    free: Line,
    /// One list for each step, as a ring: later ones wait a round.
    calendar: Vec<Line>,
    step_ds: u32,
}

impl Crowd {
    /// A calendar of four hours; who is due later is looked at once a round.
    pub(crate) fn new(step_s: u32) -> Self {
        let slots = (4 * 3600 / step_s).next_power_of_two() as usize;
        Self { people: Vec::new(), free: Line::EMPTY, calendar: vec![Line::EMPTY; slots], step_ds: 10 * step_s }
    }

    pub(crate) fn add(&mut self, person: Person) -> u32 {
        let mut free = self.free;
        let index = self.pop(&mut free);
        self.free = free;
        if let Some(index) = index {
            self.people[index as usize] = person;
            return index;
        }
        self.people.push(person);
        self.people.len() as u32 - 1
    }

    pub(crate) fn remove(&mut self, index: u32) {
        let mut free = self.free;
        self.push(&mut free, index);
        self.free = free;
    }

    pub(crate) fn push(&mut self, line: &mut Line, index: u32) {
        self.people[index as usize].next = NOBODY;
        if line.last == NOBODY {
            line.first = index;
        } else {
            self.people[line.last as usize].next = index;
        }
        line.last = index;
        line.len += 1;
    }

    pub(crate) fn pop(&mut self, line: &mut Line) -> Option<u32> {
        let index = line.first()?;
        line.first = self.people[index as usize].next;
        if line.first == NOBODY {
            line.last = NOBODY;
        }
        line.len -= 1;
        Some(index)
    }

    /// Puts a person into the list of the step in which `ready_ds` lies, `step` or later.
    pub(crate) fn schedule(&mut self, index: u32, step: u32) {
        let due = (self.people[index as usize].ready_ds / self.step_ds).max(step) as usize;
        let slot = due & (self.calendar.len() - 1);
        let mut line = self.calendar[slot];
        self.push(&mut line, index);
        self.calendar[slot] = line;
    }

    /// Those to look at in `step`, in the order in which they were put there.
    pub(crate) fn due(&mut self, step: u32) -> Line {
        let slot = step as usize & (self.calendar.len() - 1);
        std::mem::replace(&mut self.calendar[slot], Line::EMPTY)
    }
}
