"""Course material, made of the chapters; nothing is written twice.

=====================  ===========================================================================
:mod:`.notebooks`      a notebook of each chapter for students, without solutions, and one for instructors
:mod:`.slides`         a deck of slides for each chapter, its explorers live
=====================  ===========================================================================
"""

from ..site.solutions import CourseError

__all__ = ["CourseError"]
