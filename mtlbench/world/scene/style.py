"""Styles of streets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlbench.world.scene.model import Color
from mtlbench.world.scene.path import Relief
from mtlbench.world.scene.things import LEAVES, WALLS


@dataclass(frozen=True)
class Look:
    """Colors of a street, linear RGB; each object varies them slightly.

    Args:
        walls: Colors of houses.
        asphalt: Color of the road.
        paving: Color of the sidewalks.
        grass: Green and dry color of grass.
        leaves: Colors of trees and bushes.
        cobbles: Whether the road has cobblestones.
    """

    walls: tuple[Color, ...] = WALLS
    asphalt: Color = (0.11, 0.11, 0.115)
    paving: Color = (0.36, 0.34, 0.32)
    grass: tuple[Color, Color] = ((0.16, 0.2, 0.06), (0.28, 0.24, 0.12))
    leaves: tuple[Color, ...] = LEAVES
    cobbles: bool = False


@dataclass(frozen=True)
class Style:
    """Parameters of a street. Densities are objects per 100 m of road and side; lengths are in meters.

    Args:
        lanes: Number of lanes in each direction.
        lane: Width of a lane.
        bay: Width of the parking strip beside the outer lane.
        speed: Distance that the camera moves between two frames; 0 = it stands still.
        crossings: Positions along the road at which other roads cross.
        relief: Bends, slopes and hills.
        houses: Share of the roadside with houses, 0..1.
        floors: Smallest and largest number of floors of a house.
        setback: Distance between the sidewalk and the houses.
        pavement: Width of the sidewalk; 0 = none.
        density: Objects per 100 m by kind: tree, conifer, bush, hedge, lamp, pole, sign, light, misc, parked, person,
            walker, cyclist, bicycle, motorcycle, wall, fence.
        wood: Number of rows of trees of a forest.
        rail: Share of the road with guard rails, 0..1.
        traffic: Vehicles per 100 m and lane.
        driving: Shares of the categories of moving vehicles.
        parked: Shares of the categories of parked vehicles.
        trams: Share of trams in the inner lanes, which then have rails, 0..1.
        hertz: Frames per second, which determines how far people move between two frames.
        look: Colors.
    """

    lanes: int = 1
    lane: float = 3.5
    bay: float = 0.0
    speed: float = 1.4
    crossings: tuple[float, ...] = ()
    relief: Relief = field(default_factory=Relief)
    houses: float = 0.0
    floors: tuple[int, int] = (2, 5)
    setback: float = 2.0
    pavement: float = 2.5
    density: Mapping[str, float] = field(default_factory=dict)
    wood: int = 0
    rail: float = 0.0
    traffic: float = 2.0
    driving: Mapping[str, float] = field(default_factory=lambda: {'car': 0.66, 'van': 0.18, 'truck': 0.16})
    parked: Mapping[str, float] = field(default_factory=lambda: {'car': 0.72, 'van': 0.18, 'truck': 0.1})
    trams: float = 0.0
    hertz: float = 10.0
    look: Look = field(default_factory=Look)

    @property
    def half(self) -> float:
        """Half the width of the road."""
        return self.lanes * self.lane + self.bay + 0.4

    def free(self, s: float, room: float) -> bool:
        """Return True if no other road crosses within ``room`` meters."""
        return all(abs(s - crossing) > 5 + room for crossing in self.crossings)
