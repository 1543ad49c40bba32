"""Who is on duty: the page, people's own shifts by link, and calendars.

pages      /duty: who is on duty now, the coming two weeks as a picture, what each group does; one group; one shift
actions    what staff do there: put on, take off, need more or fewer, stand in, repeat
history    what has happened to a group's shifts lately
look       loads what the pages show
picture    the two weeks: a row a group, a column a day, a bar a shift
present    what each group does at which hours, and who is on duty now
words      what is said when something was done, and when not
own_shifts /rota/{token}: a volunteer's own shifts by signed link
feeds      the addresses of calendars, and what they answer
calendar   shifts as iCalendar
"""
