//! What the journeys share: a simulator, a host, a component.
