"""How points are made in English."""

# ruff: noqa: E501 - a pattern a line reads best
from __future__ import annotations

from vidtag.select.point_rules import Wording, any_of, rule

_OFTEN = (
    r"(?:(?:all|just|finally|already|now|formally|unanimously|basically|then|also|actually|both"
    r"|sort of|kind of|pretty much|really|definitely|probably|therefore|simply) )*"
)
_WE = r"\b(?:we|i(?!(?: just)? (?:chose|chosen|picked|approved)\b)|you and i|the (?:board|team|committee|group|council|company|client)|management"
_WE += r"|everyone|everybody)(?:'ve| have| has|'s)? "
_CHOSE = (
    r"(?:decided(?! (?:by|for you))|agreed (?:to|on|that|we|it|not|last|upon|a|the)|agreed(?=\W*$)"
    r"|resolved to|settled (?:on|for|that)|chosen|chose|opted|voted (?:to|for|against)|concluded"
    r"|approved|signed off|picked|adopted|finali[sz]ed|reached (?:an|a) (?:agreement|decision))\b"
)
_WILL = r"(?:'ll| will|'re going to| are going to|'re gonna| are gonna| shall|'re| are) "
_THIS = r"(?:that|this|it|which|what you(?:'re| are) saying)(?:'s| is|'d be| would be| was) "
_NOT = r"(?:don't|do not|can't|cannot|can not|won't|will not|could not|couldn't possibly|never) "
_BADLY = (
    r"(?:(?:just|simply|absolutely|completely|totally|really|quite|very|so|plain|far|much|way"
    r"|still|strongly|firmly|clearly|entirely) )*"
)
_TASK = (
    r"(?:send|write (?:up|to|(?:it|that|this) up|(?:the|a|an) (?:report|minutes|letter|summary"
    r"|mail|email|draft|paper|proposal))|check|call(?! (?:it|this|that|to|a)\b)|ring|e-?mail|mail|follow up|chase|look into|prepare"
    r"|set up|book|draft|update|share (?:it|that|this|the)|fix|find out (?!\W*$)\b(?=\w)|ask (?!you\b|again|(?:the|my) question|when|if|what)|talk (?:to|with) (?!you\b)|speak (?:to|with|up with)"
    r"|get back to (?:you|him|her|them)|circulate|finish|order|organi[sz]e|schedule|review|put together|make sure|contact|arrange|investigate|report back|sort out|test|collect"
    r"|forward|upload|create|compile|confirm|document|print|reach out|set it up|take (?:care of|charge of"
    r"|that on|this on|it on|the minutes|notes)|do (?:that|it|this) (?:by|before|after|today"
    r"|tomorrow|tonight|this|next)|work on|summari[sz]e|install"
    r"|deliver|get (?:you (?:the|a|that)|a quote|hold of))\b"
)

ENGLISH = Wording(
    {
        "decision": rule(
            (
                _WE + _OFTEN + _CHOSE,
                r"\b(?:that|it|this|everything|which)(?:'s| is| was| has been|'s been) "
                + _OFTEN
                + r"(?:decided|agreed|settled|approved|accepted|adopted|a deal|final)\b",
                r"\b(?:plan|budget|proposal|design|motion|resolution|request|minutes|idea|date)s? "
                r"(?:is|are|was|were|has been|have been) "
                + _OFTEN
                + r"(?:approved|accepted|adopted|carried|passed|agreed|rejected|decided)\b",
                r"\b(?:decision|conclusion|verdict|outcome|agreement|resolution|consensus)"
                r"(?: is|'s| was)(?: now| then)? (?:that|to |not to|we|no |yes|made|final\b)",
                r"\b(?:motion|resolution|proposal) (?:carried|carries|passed|passes)\b",
                r"\bdecision(?:'s)? made\b",
                r"\blet's " + _OFTEN + r"(?:go (?:with|for)\b(?! (?:\w+ ){0,3}(?:lunch|"
                r"coffee|break|presentations?|meeting|round|walk)\b)|stick (?:with|to)|do (?:it|that)\b"
                r"|settle (?:on|for)|keep (?:it|the)|drop (?:it|that|the)|postpone|agree (?:on|that|"
                r"to)|leave it at|make (?:it|that) (?:the|a|\w+day|\d)|call it (?:decided|agreed))",
                r"\bwe" + _WILL + _OFTEN + r"(?:go with|going with|go for|going for|go ahead|going "
                r"ahead|stick(?:ing)? (?:with|to)|settl(?:e|ing) (?:on|for)|opt(?:ing)? for"
                r"|keep(?:ing)? (?:the|it)|drop(?:ping)? (?:the|it)|postpon(?:e|ing)|cancel)",
                r"\b\w+day it is\b",
                r"\blet's "
                + _OFTEN
                + r"(?:take|use|choose|pick|cut|remove|add|leave|stay with|keep) "
                r"(?:it|the|this|that|these|those|both|one|only)\b(?! (?:look|from))",
                r"\b(?:that's|this is) what we(?:'ll| will|'re going to| are going to| have to| gotta|'ve got "
                r"to)? (?:go|going) with\b",
                r"\bwe have (?:a deal|a decision|an agreement|consensus|agreement)\b",
            ),
            not_after=(
                r"\b(?:if|once|when|whenever|whether|until|till|unless|before|after|who|which|how|why"
                r"|should|wish|assuming|assume|suppose|in case|as soon as|not sure|n't|don't|not"
                r"|haven't|hasn't|nobody|maybe|might|could|would|did|has|have|since|as|whatever|no|what|saying)\b|\b(?:ones?|things?|way|\w+ations?) (?:that )?$",
            ),
            not_before=(r" (?:up to|yours|theirs|pending|yet\b|later|if\b)",),
            not_with=(
                r"\b(?:maybe|perhaps|might)\b|\b(?:not|n't|never) yet\b|\byet to (?:be )?(?:decide|agree|approve)",
            ),
        ),
        "dispute": rule(
            (
                r"\b(?:i|we)(?: (?:\w+ly|still|really|just|do|have to|must|would|kind of|sort of"
                r"|beg to))* (?:disagree|differ)\b",
                r"\b(?:i|we) (?:\w+ly |just |still )?"
                + _NOT
                + _BADLY
                + r"(?:agree|accept|support|approve of|buy (?:it|that|this)|go along|sign (?:off|up)"
                r"|live with|be part of|see (?:the point|why we)|like (?:that|this|it|the)\b)",
                r"\b(?:i|we)(?: (?:have to|must|would|do|strongly|'d like to|want to))* (?:object"
                r"|oppose|protest)\b",
                r"\b(?:i'm|i am|we're|we are) " + _BADLY + r"(?:against|opposed|not (?:\w+ )?(?:in "
                r"favou?r|happy with|convinced|comfortable with|having|okay with|ok with))\b",
                r"\b(?:i|we) (?:\w+ly |just )?(?:don't|do not|didn't) (?:\w+ly )?(?:think|believe|feel"
                r")(?: that)? (?:(?:we|it|that|this|you|they|the|should|should be|there|is|would|"
                r"will|was|'s|can|are|a|very|really|such|\w+) ?){0,5}?"
                r"\b(?:right|true|fair|good idea|work|works|correct|realistic|necessary|wise|enough"
                r"|acceptable|need|needs|should|makes sense|helps?|feasible|possible|appropriate"
                r"|worth it|way to go)\b",
                r"\b(?:that|this|it|you|they)(?:'s|'re| is| are| was) "
                + _BADLY
                + r"(?:not "
                + _BADLY
                + r"(?:true|right|fair|correct|acceptable|realistic|what (?:i|we)"
                r" (?:said|agreed)|going to work|gonna work|good enough|necessary|a good idea|how)"
                r"|wrong(?! with)|nonsense|unacceptable|ridiculous(?! how)|incorrect|rubbish|mistaken|unfair|absurd"
                r"|unrealistic|impossible(?! to)|a (?:\w+ )?mistake|out of the question"
                r"|a (?:\w+ )?(?:terrible|bad|awful|horrible|stupid) (?:idea|plan|move|choice))\b",
                r"\bi (?:\w+ly |just )?(?:don't|do not) think (?:that's|it's|this is|that is|it is|that would|"
                r"it would|this would|(?:we|you|they) (?:should|need|can|have to))\b",
                r"\b(?:that|this|it) (?:goes|is going|'s going) too far\b",
                r"\b(?:that|this|it)(?: would|'d| will|'ll) (?:\w+ly )?be (?:a |far |way |much |too )*(?:\w+ )?"
                r"(?:bad|terrible|awful|mistake|disaster|expensive|unfair|wrong|complicated)\b",
                r"\bi think (?:that|this|it)(?:'s| is| would be|'d be) "
                + _BADLY
                + r"(?:wrong|(?:a )?(?:\w+ )?(?:terrible|bad|awful|horrible|stupid|mistake)|too )",
                r"\b(?:that|this|it) (?:won't|will not|'ll never|will never|isn't going to"
                r"|is never going to|can't|cannot|wouldn't) (?:\w+ )?(?:work|fly|help|be enough)\b",
                r"\b(?:makes no sense|(?:that|this|it) (?:just |really )?(?:doesn't|does not) make "
                r"(?:any |much )?sense)\b",
                r"^(?:no,? |oh,? )*absolutely not\W*$",
                r"^(?:oh,? |no,? )*no way\W*$",
                r"\b(?:over my dead body|out of the question)\b",
                r"\bi (?:still )?have (?:\w+ )?(?:serious |strong |big |an |a |some )?(?:\w+ )?"
                r"(?:objections?|reservations)\b",
                r"\b(?:let me finish|stop interrupting|that's not what i said)\b",
                r"\bthe (?:big |only |main )?problem (?:with|i have with) (?:that|this|it)\b",
            ),
            not_after=(
                r"\b(?:if|unless|whether|who|anyone|anybody|does|do you|wouldn't|would not|not saying"
                r"|not that|nothing|doesn't mean|didn't say|never said|don't think|when|says?|said"
                r"|why|because they|nobody|no one|make sure|saying|determine|but|something)\b|\W [\"”]",
            ),
            not_before=(r" more\b", r" (?:with that )?at all$(?<=disagree)"),
            not_with=(
                r"\bagree(?:d)? more\b",
                r"\b(?:if|otherwise)\b.*\b(?:won't|can't|wouldn't) (?:work|help)",
                r"\bno objections?\b",
                r"\bsomething wrong\b",
            ),
        ),
        "idea": rule(
            (
                r"\bwhat if (?:we|i|you(?! want)|they|it|the|there|somebody|someone|people|our|instead|for)\b",
                r"\bhow about (?!(?:you|yours?|that|it|him|her|them|now|those)\b)\w+",
                r"\bwhat about (?:(?:we|if|instead|a|an|using|just)\b|\w+ing\b)",
                r"\b(?:i|we)(?:'d| would| want to| wanted to| will|'ll)?(?: (?:like to|just|also|"
                r"strongly|really|therefore))* (?:suggest|propose|recommend)"
                r"(?! (?:you (?:for|with)|to a|on|in|from|back))\b",
                r"\b(?:let me|i'd like to|can i|could i|may i) (?:just )?(?:suggest|propose|recommend)",
                r"\b(?:my|our|another|a|one) (?:\w+ )?(?:suggestion|proposal|idea|recommendation)s?"
                r"(?: (?:i have|we have|i had|for this|for that|here))?(?: is|'s| was| would be|'d be)",
                r"\b(?:i|we)(?:'ve| have| had|'ve got| have got| got)(?: (?:just|also))? (?:an?|another"
                r"|one|some|this) (?:\w+ )?(?:ideas?|suggestions?|proposals?)\b",
                r"\bhere's (?:an|my|another|one) (?:\w+ )?(?:idea|suggestion|proposal|thought)\b",
                r"\bwhy (?:don't|not|can't) (?:we(?! (?:start|pass|move|go))|just|try|use|make|have|simply|\w+ing)\b",
                r"\b(?:maybe|perhaps|alternatively|instead|also|then|i think|i thought|i guess"
                r"|i suppose|i feel)(?: that)? (?:we|you|they|one) (?:\w+ly |also |just )?"
                r"(?:could|should|might|ought to)\b(?=\W+\w)(?! (?:have\b|do (?:that|it)\b|go\b|say|see|hear|hurry|discuss"
                r"|be (?:able|done|finished)|start|move on|have (?:done|been)))",
                r"\bwe (?:could|might)(?: (?:also|maybe|perhaps|always|even|possibly|just|then|"
                r"probably|actually|simply|either|as well))* (?:try|use|make|have|put|add|give|offer"
                r"|do(?! (?:it|that|so|,|yeah))(?= )|get|go|ask|build|rent|buy|split|combine|include|create|set|run|let|start with"
                r"|think about|consider|look at|invite|move|hire|write|change|sell|send|take)\b",
                r"\bwe (?:really |probably |definitely |also |at least |all |perhaps |maybe |just )*should "
                r"(?:really |probably |definitely |also |at least |all |perhaps |maybe |just )*"
                r"(?!be |have |decide|discuss|start|move on|go on|see|know|say|stop|finish|not )\w+ \w+",
                r"\b(?:maybe|perhaps) (?:we|you) can (?!see|hear|go|start|move|say|tell|jump)\w+ \w+",
                r"\b(?:it's|it is|it might be|i think it's) (?:\w+ )?(?:a good idea|better|best|good) to\b",
                r"\b(?:this is|that's|here's) (?:my|our|the|what i) (?:suggest|suggested|propose|proposed)\b",
                r"\b(?:should|shall) we (?:maybe |perhaps |just |also |not )?(?!start|begin|move on|go "
                r"on|go\b|continue|say|be |have been|call it|leave|finish|wrap|stop|talk|discuss|come)\w+",
                r"\b(?:it|that)(?:'d| would| might|'ll| could) be (?:\w+ )?(?:good|nice|better|great"
                r"|useful|cool|worth|helpful|smart|best|wise|a good idea|an idea) (?:if|to(?! know\b)|\w+ing)\b",
                r"\b(?:i|we) (?:was|were|'ve been|have been|had been) (?:\w+ )?thinking"
                r"(?: that| maybe| perhaps|,)* (?:we|you|maybe|perhaps|of (?:a|an|\w+ing)|about \w+ing)",
                r"\b(?:one|another|an|the other|a better) (?:\w+ )?(?:option|alternative|possibility"
                r"|approach|way|solution)(?: here| then)?(?: is| would| could| might|'d)",
            ),
            not_after=(
                r"\b(?:if|so that|wish|know (?:what|how)|did|do you|don't|didn't|no|not|when|what|that"
                r"|which|where|everything|all|how|do|saying|whether|wonder|as to)\b",
            ),
            not_before=(r" (?:not (?:see|hear)|have (?:done|been))",),
            may_be_asked=True,
        ),
        "action": rule(
            (
                r"\b(?:i|we)(?:'ll| will|'m going to| am going to|'re going to| are going to|'m gonna| shall"
                r"|'d better)(?: (?:\w+ly|also|then|go|and|"
                r"go and|try to|have to|need to|be able to|again|first|please))* " + _TASK,
                r"\byou(?:'ll| will|'ve)? (?:have|need|got) to " + _TASK,
                r"\b(?:i|we|you)(?: |'ve )(?:really |still |all )?(?:need|have|got) to (?:check (?:with|if|whether|the)"
                r"|find out|look into|investigate|follow up|contact|order|book|arrange|organi[sz]e)\b",
                r"\b(?:can|could|will) (?:you|someone|somebody|(?!i |we |it |that |this |he |she |they |there |also"
                r"|always|just|be |have )\w+)(?: (?:please|maybe|perhaps|"
                r"also|just|then|guys|all|two|both))* " + _TASK,
                r"(?:\w+,? )?\bplease (?:\w+ly )?" + _TASK,
                r"(?<!\bit)(?<!\bthis)(?<!\bthat)(?<!\bwhich)(?<!\bthere)(?<!\bone) will(?: then| also"
                r"| please)* " + _TASK,
                r"\b(?:action (?:item|point)s?|to-?dos?)(?: for|:| is|,)",
                r"\b(?:is|are|was|you're) assigned to\b",
                r"\bleave (?:it|that|this) (?:with|to) me\b|\bi'm on it\b|\bi'll take (?:it|that|this)\b"
                r"|\bi(?:'ll| will) do (?:it|that|this)\b",
                r"\byour (?:task|job|homework) (?:is|will be|for)\b",
            ),
            not_after=(
                r"\b(?:if|when|whether|why|how|what|who|before|until|unless|not|think|maybe|hope"
                r"|wish|so that|sure|where|that|which)\b|n't\b",
            ),
            not_before=(r" (?:call (?:it|this|that|a)\b|(?:it|this|that|a) (?:a|the)\b)",),
            may_be_asked=True,
        ),
    },
    asks=any_of(
        (
            r"^(?:so |and |but |okay,? |or |well,? )*(?:did|have|has|do|does|are|is|was|were|who|when"
            r"|where|which|why|how|what) (?:we|i|you|they|he|she|it|anyone|anybody|everyone|that|the"
            r"|decided|agreed|approved|disagrees?|objects?)\b",
        )
    ),
    asks_to_agree=any_of(
        (
            r"[,.!] (?:right|okay|ok|yeah|yes|no|then|isn't it|aren't we|don't we|won't we|agreed|"
            r"correct|is that (?:okay|right))\?\W*$",
        )
    ),
)
