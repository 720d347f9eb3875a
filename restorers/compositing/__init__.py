"""How a method's picture and the visible pixels become one."""
